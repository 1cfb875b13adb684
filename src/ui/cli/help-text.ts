// What `--help` prints, of the program and of each subcommand.

import { EVERYWHERE, type Option, SESSION_OPTIONS, SUBCOMMANDS, type Subcommand } from './subcommands.ts';

export function helpText(): string {
  return [
    'codex runs commands in live panes, inside a sandbox, for you or for a model.',
    '',
    'codex [OPTION...] [PROMPT]   open the screen, and send PROMPT',
    ...SUBCOMMANDS.map(({ name, operands, text }) => row(`codex ${name} ${operands}`.trimEnd(), text)),
    '',
    'Options',
    ...optionRows([...SESSION_OPTIONS, ...EVERYWHERE]),
    '',
    'Without a model, what you type runs as a command. To connect one: set OPENAI_API_KEY, or a model_provider in',
    '~/.codex/config.toml (docs/config.md).',
    '',
    'Exit codes: 0 left in order, 1 no such session, 2 usage, 70 a defect of codex, 78 wrong configuration,',
    '130 SIGINT, 143 SIGTERM.',
    "codex sandbox: the command's own, 77 a denial by the sandbox, 125 the sandbox cannot start, 126 and 127 as a shell.",
    '',
  ].join('\n');
}

/** `before`: the names in front of it, for one that stands behind another. */
export function subcommandHelp(subcommand: Subcommand, before: readonly string[] = []): string {
  const { name, operands, text, options, subcommands = [], notes = [] } = subcommand;
  const words = ['codex', ...before, name].join(' ');
  return [
    `${words} [OPTION...] ${operands}`.trimEnd(),
    '',
    `  ${text}`,
    '',
    ...subcommands.map((inner) => row(`${words} ${inner.name} ${inner.operands}`.trimEnd(), inner.text)),
    ...(subcommands.length === 0 ? [] : ['']),
    ...optionRows([...options, ...EVERYWHERE]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

function optionRows(options: readonly Option[]): string[] {
  return options.flatMap(({ name, short, value, text }) => {
    if (text === null) return [];
    const long = `--${name}${value === null ? '' : ` ${value}`}`;
    return row(short === undefined ? `    ${long}` : `-${short}, ${long}`, text);
  });
}

/** Wide enough for the longest left column; what is longer takes a line of its own. */
const LEFT_COLUMN = 34;

function row(left: string, right: string): string {
  return left.length < LEFT_COLUMN
    ? `  ${left.padEnd(LEFT_COLUMN)}${right}`
    : `  ${left}\n  ${''.padEnd(LEFT_COLUMN)}${right}`;
}
