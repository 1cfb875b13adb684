// The rows of the table of subcommands that are about working without a screen.

import type { Option, Subcommand } from './subcommands.ts';

const IMAGE: Option = {
  name: 'image',
  short: 'i',
  value: 'FILE',
  isRepeated: true,
  completes: 'file',
  text: 'a picture that goes with the prompt; as often as needed',
};

/** How a run without a screen is printed and kept. */
const OUTPUT_OPTIONS: readonly Option[] = [
  { name: 'json', value: null, text: 'every event on stdout, one line of JSON each (docs/exec.md)' },
  { name: 'experimental-json', value: null, text: null },
  {
    name: 'output-last-message',
    short: 'o',
    value: 'FILE',
    completes: 'file',
    text: 'write the answer there too; FILE is empty after a turn without one',
  },
  {
    name: 'output-schema',
    value: 'FILE',
    completes: 'file',
    text: 'a JSON schema that the answer must fulfil',
  },
  { name: 'color', value: 'WHEN', choices: ['auto', 'always', 'never'], text: 'auto (unsaid), always or never' },
];

const RIGHTS_OPTIONS: readonly Option[] = [
  {
    name: 'add-dir',
    value: 'FOLDER',
    isRepeated: true,
    completes: 'folder',
    text: 'a further folder that may be written; as often as needed',
  },
  { name: 'full-auto', value: null, text: 'the same as --sandbox workspace-write' },
  {
    name: 'dangerously-bypass-approvals-and-sandbox',
    value: null,
    text: 'no sandbox and no questions: only where something else guards this machine',
  },
  { name: 'yolo', value: null, text: null },
  { name: 'skip-git-repo-check', value: null, text: 'accepted and not needed: any folder will do' },
];

const EARLIER_OPTIONS: readonly Option[] = [
  { name: 'last', value: null, text: 'the newest session of this folder, without an ID' },
  { name: 'all', value: null, text: 'with --last: of every folder' },
];

const REVIEWED_OPTIONS: readonly Option[] = [
  { name: 'uncommitted', value: null, text: 'what is not committed, new files too (unsaid)' },
  { name: 'base', value: 'BRANCH', text: 'what this branch changed since it left BRANCH' },
  { name: 'commit', value: 'SHA', text: 'what one commit changed' },
  { name: 'title', value: 'TITLE', text: 'what the commit is called' },
];

const EXIT_CODES: readonly string[] = [
  'Exit codes: 0 the turn was completed, 1 it failed, 2 usage, 70 a defect of codex, 78 wrong configuration,',
  '130 SIGINT, 143 SIGTERM, 129 SIGHUP, 141 nobody reads stdout any more.',
  "Without a model PROMPT runs as a command: the command's own exit code, and 77, 125, 126, 127 as codex sandbox.",
];

const STDIN: readonly string[] = [
  'PROMPT - (or none, where stdin is no terminal) is read from stdin. With a PROMPT, what stdin holds is added to it.',
  'Nobody can be asked: what the sandbox stops stays stopped, and the model is told. --ask-for-approval unsaid is never.',
];

/** Of a session that has neither a screen nor somebody in front of it. */
function unattended(session: readonly Option[]): readonly Option[] {
  return session.filter(({ name }) => !name.startsWith('detach'));
}

export function execSubcommand(session: readonly Option[]): Subcommand {
  const options = [IMAGE, ...unattended(session), ...RIGHTS_OPTIONS, ...OUTPUT_OPTIONS];
  return {
    name: 'exec',
    operands: '[PROMPT]',
    text: 'one turn without a screen: the answer on stdout, everything else on stderr',
    options,
    subcommands: [
      {
        name: 'resume',
        operands: '[ID] [PROMPT]',
        text: 'one more turn of an earlier session',
        options: [...EARLIER_OPTIONS, ...options],
        completes: 'listed',
        notes: [...STDIN, ...EXIT_CODES],
      },
      {
        name: 'fork',
        operands: '[ID] [PROMPT]',
        text: 'the same in a copy of it, which stays as it is',
        options: [...EARLIER_OPTIONS, ...options],
        completes: 'listed',
        notes: [...STDIN, ...EXIT_CODES],
      },
      { ...reviewSubcommand(session), text: 'the same as codex review' },
    ],
    notes: [...STDIN, ...EXIT_CODES],
  };
}

export function reviewSubcommand(session: readonly Option[]): Subcommand {
  return {
    name: 'review',
    operands: '[PROMPT]',
    text: 'have changes of a git repository looked through, without a screen; PROMPT says what to watch for',
    options: [...REVIEWED_OPTIONS, ...unattended(session), ...OUTPUT_OPTIONS, ...yoloOptions()],
    notes: ['Unless --sandbox says otherwise nothing can be written.', ...EXIT_CODES],
  };
}

function yoloOptions(): readonly Option[] {
  return RIGHTS_OPTIONS.filter(({ name }) => name !== 'add-dir' && name !== 'full-auto');
}

export const MCP_SERVER: Subcommand = {
  name: 'mcp-server',
  operands: '',
  text: 'be an MCP server on stdin and stdout, which other agents drive',
  options: [],
  notes: ['Its tools are codex and codex-reply: docs/exec.md.'],
};

export const COMPLETION: Subcommand = {
  name: 'completion',
  operands: '[bash|zsh|fish]',
  text: 'print what completes this command line in a shell',
  options: [{ name: 'ids', value: 'WHICH', choices: ['listed', 'open'], text: null }],
  completes: ['bash', 'zsh', 'fish'],
  notes: [
    'bash: eval "$(codex completion bash)" in ~/.bashrc',
    'zsh:  codex completion zsh > ~/.zfunc/_codex, and fpath+=(~/.zfunc) before compinit in ~/.zshrc',
    'fish: codex completion fish > ~/.config/fish/completions/codex.fish',
  ],
};
