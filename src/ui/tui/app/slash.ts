// The commands that begin with `/`: their names, what they take, and what was meant.

export type SlashCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'model' }
  | { readonly kind: 'status' }
  | { readonly kind: 'background_list' }
  | { readonly kind: 'foreground' | 'background' | 'stop' | 'full'; readonly process: number | null }
  | { readonly kind: 'transcript'; readonly process: number | null }
  | { readonly kind: 'compact'; readonly hint: string }
  | { readonly kind: 'plan' }
  | { readonly kind: 'mcp' }
  | { readonly kind: 'init' }
  | { readonly kind: 'skills' }
  | { readonly kind: 'environments'; readonly name: string | null }
  | { readonly kind: 'edit' }
  /** Null: the last answer. */
  | { readonly kind: 'copy'; readonly process: number | null }
  | { readonly kind: 'save'; readonly process: number | null; readonly file: string | null }
  | { readonly kind: 'approvals' }
  | { readonly kind: 'permissions' }
  | { readonly kind: 'another'; readonly how: 'new' | 'earlier' }
  | { readonly kind: 'detach' }
  | { readonly kind: 'quit' };

interface Entry {
  readonly names: readonly string[];
  readonly argument: string;
  readonly text: string;
  /** `word`: what follows the name, or null. */
  readonly make: (process: number | null, word: string | null) => SlashCommand;
}

/** The table: help and parser read it. */
export const SLASH_COMMANDS: readonly Entry[] = [
  { names: ['help', 'keys'], argument: '', text: 'keys and commands', make: () => ({ kind: 'help' }) },
  { names: ['model'], argument: '', text: 'the model in use, and how to connect one', make: () => ({ kind: 'model' }) },
  { names: ['status'], argument: '', text: 'model, folder, profile, record', make: () => ({ kind: 'status' }) },
  {
    names: ['ps'],
    argument: '',
    text: 'what runs, in front and in the background',
    make: () => ({ kind: 'background_list' }),
  },
  {
    names: ['fg'],
    argument: '[N]',
    text: 'bring a process back to the front',
    make: (process) => ({ kind: 'foreground', process }),
  },
  {
    names: ['bg'],
    argument: '[N]',
    text: 'send a process to the background',
    make: (process) => ({ kind: 'background', process }),
  },
  {
    names: ['stop'],
    argument: '[N]',
    text: 'interrupt a process; again ends it, again kills it',
    make: (process) => ({ kind: 'stop', process }),
  },
  {
    names: ['full'],
    argument: '[N]',
    text: 'show a process on the full screen',
    make: (process) => ({ kind: 'full', process }),
  },
  {
    names: ['output', 'transcript'],
    argument: '[N]',
    text: 'read everything, with search',
    make: (process) => ({ kind: 'transcript', process }),
  },
  {
    names: ['compact'],
    argument: '[HINT]',
    text: 'have the model summarise the conversation, to make room',
    make: (_process, hint) => ({ kind: 'compact', hint: hint ?? '' }),
  },
  { names: ['init'], argument: '', text: 'have the model write AGENTS.md', make: () => ({ kind: 'init' }) },
  { names: ['skills'], argument: '', text: 'ways of working that are written down', make: () => ({ kind: 'skills' }) },
  { names: ['plan'], argument: '', text: 'how far the model is with its plan', make: () => ({ kind: 'plan' }) },
  { names: ['mcp'], argument: '', text: 'MCP servers, and how each of them is', make: () => ({ kind: 'mcp' }) },
  {
    names: ['env'],
    argument: '[NAME]',
    text: 'the machine commands run on',
    make: (_process, name) => ({ kind: 'environments', name }),
  },
  {
    names: ['copy'],
    argument: '[N]',
    text: 'copy the last answer, or the output of a process',
    make: (process) => ({ kind: 'copy', process }),
  },
  {
    names: ['save'],
    argument: 'N [FILE]',
    text: 'write the output of a process to a file',
    make: (_process, words) => {
      const [, number, file = ''] = /^(\d{1,6})(?:\s+(.*))?$/s.exec(words ?? '') ?? [];
      return { kind: 'save', process: number === undefined ? null : Number(number), file: file === '' ? null : file };
    },
  },
  { names: ['edit'], argument: '', text: 'write the message in your editor', make: () => ({ kind: 'edit' }) },
  { names: ['approvals'], argument: '', text: 'go to the open question', make: () => ({ kind: 'approvals' }) },
  {
    names: ['permissions'],
    argument: '',
    text: 'profile, network, and grants to take back',
    make: () => ({ kind: 'permissions' }),
  },
  {
    names: ['new', 'clear'],
    argument: '',
    text: 'end this session, and begin a new one',
    make: () => ({ kind: 'another', how: 'new' }),
  },
  {
    names: ['resume'],
    argument: '',
    text: 'end this session, and go on with an earlier one',
    make: () => ({ kind: 'another', how: 'earlier' }),
  },
  {
    names: ['detach'],
    argument: '',
    text: 'leave; the session goes on without a terminal',
    make: () => ({ kind: 'detach' }),
  },
  { names: ['quit', 'exit'], argument: '', text: 'leave', make: () => ({ kind: 'quit' }) },
];

export type Slash =
  | { readonly kind: 'command'; readonly command: SlashCommand }
  | { readonly kind: 'unknown'; readonly name: string; readonly near: readonly string[] }
  /** Not a command at all: a path, or text. */
  | { readonly kind: 'text' };

/** Understands a message that may be a slash command. Paths (`/usr/bin/env`) and text with a slash inside are text. */
export function readSlash(message: string): Slash {
  const match = /^\/([a-z][a-z-]*)(?:\s+(.*))?\s*$/s.exec(message);
  if (match === null) return { kind: 'text' };
  const [, name = '', argument = ''] = match;
  const entry = SLASH_COMMANDS.find(({ names }) => names.includes(name));
  if (entry === undefined) return { kind: 'unknown', name, near: nearNames(name) };
  const process = /^\d{1,6}$/.test(argument.trim()) ? Number(argument) : null;
  const word = argument.trim() === '' ? null : argument.trim();
  return { kind: 'command', command: entry.make(process, word) };
}

/** How many proposals a person can take in at a glance. */
const PROPOSALS = 3;

function nearNames(name: string): readonly string[] {
  const distance = (other: string) => editDistance(name, other) - (other.startsWith(name[0] ?? '') ? 1 : 0);
  return SLASH_COMMANDS.flatMap(({ names }) => names)
    .filter((other) => editDistance(name, other) <= Math.max(2, Math.ceil(other.length / 2)))
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, PROPOSALS);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, left] of [...a].entries()) {
    const above = row;
    row = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const changed = (above[j] ?? 0) + (left === right ? 0 : 1);
      row.push(Math.min(changed, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
