// What is a model asked for, to have changes looked through?

import { assertNever } from '../../problem/index.ts';

/** The changes that are looked through. */
export type ReviewTarget =
  | { readonly kind: 'uncommitted' }
  | { readonly kind: 'base'; readonly branch: string }
  | { readonly kind: 'commit'; readonly commit: string; readonly title: string };

const TASK = `Read the changes below the way a careful colleague reads a patch before it is merged, and report the mistakes in them.
Change nothing: no file, no commit, no configuration.`;

const HOW = `How to work:

- Begin with the list of changed files and read every hunk. Open the code around a hunk before you judge it: its callers,
  what it calls, its tests.
- Report only what these changes bring in or make worse, and only what its author would want to mend once told. What was
  there before, matters of taste and praise are left out.
- Look for wrong results, cases that are forgotten (empty, large, failing, repeated, at the same time), errors that get
  lost, resources that are not released, doors that open for an attacker, promises to callers that are broken, and tests
  that would pass without the change.
- Be sure. Follow the path that leads to the mistake, and run something small where that settles it. A suspicion that
  stays one is named as such or left out.`;

const ANSWER = `How to answer:

- One paragraph for each finding, the worst first, each headed \`[P0] path:line: what is wrong\`. P0: must not be merged.
  P1: has to be mended soon. P2: ought to be mended. P3: a small thing.
- Below the head, in a few sentences: what has to happen for it to go wrong, what the consequence is, and the direction
  of a remedy.
- Last, one line: \`Verdict: correct\` when nothing has to be mended before these changes are used, otherwise
  \`Verdict: needs work\`.
- Without findings say in one sentence what you looked at, and the verdict.`;

/** The first message of a review. `wishes`: what the person wants looked at in particular, or `''`. */
export function reviewPrompt(target: ReviewTarget, wishes: string): string {
  const asked = wishes.trim();
  return [
    TASK,
    changesOf(target),
    HOW,
    ANSWER,
    ...(asked === '' ? [] : [`The person who asks for this says what to watch for:\n\n${asked}`]),
  ].join('\n\n');
}

function changesOf(target: ReviewTarget): string {
  switch (target.kind) {
    case 'uncommitted':
      return `The changes: everything in this repository that is not committed. \`git status --short\` names it, \`git diff HEAD\`
shows what is staged and what is not, and files that git does not know yet are read whole.`;
    case 'base': {
      const branch = quoted(target.branch);
      return `The changes: what the current branch holds since it left ${target.branch}. \`git merge-base HEAD ${branch}\` names where
that was (try the branch's upstream where it is not there locally), \`git diff\` from that commit shows the changes,
\`git log\` says what was meant.`;
    }
    case 'commit': {
      const title = target.title.trim() === '' ? '' : ` ("${target.title.trim()}")`;
      return `The changes: commit ${target.commit}${title}. \`git show ${quoted(target.commit)}\` shows them with their message.`;
    }
    default:
      return assertNever(target);
  }
}

/** As one word of a shell. */
function quoted(name: string): string {
  return /^[\w./@^~+-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
