// What `/init` asks a model for.

export const INIT_PROMPT = `Write the file AGENTS.md in the root of this project: what somebody needs to know who works here for the first time,
and would not see at once.

Look first: the folders, the build files, the tests, what a README or a CONTRIBUTING says, and an AGENTS.md that is
there already, which you then mend rather than replace. Run what you are about to recommend.

It should say, each in a few lines and only where it is true here: the commands to build, check and test everything and
one part alone; how the parts hang together and where to begin reading; the habits of the code that a tool does not
enforce; what must not be done. No advice that holds for every project. At most 150 lines.`;
