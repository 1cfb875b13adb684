// How does fish complete this program's command line? One line for each thing that can be typed.

import type { Level } from './completion-level.ts';

export function fishCompletion(levels: readonly Level[]): string {
  return `# Completes codex in fish: codex completion fish > ~/.config/fish/completions/codex.fish
function __codex_level --description 'Succeeds where exactly these subcommands were typed so far'
    set -l found
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
${takingCase(levels)}
            case '-*'
                continue
        end
        switch "$found:$word"
${levels.flatMap(levelCases).join('\n')}
        end
    end
    test "$found" = "$argv[1]"
end

function __codex_ids
    codex completion --ids $argv[1] 2>/dev/null
end

complete -c codex -f
${levels.flatMap(levelLines).join('\n')}
`;
}

function takingCase(levels: readonly Level[]): string {
  const taking = levels.flatMap(({ options }) => options.filter(({ value }) => value !== null));
  const names = taking.flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
  return `            case ${[...new Set(names)].join(' ')}\n                set skip 1\n                continue`;
}

function levelCases({ names, subcommands }: Level): string[] {
  const before = names.join(' ');
  return subcommands.map(
    ({ name }) =>
      `            case ${quoted(`${before}:${name}`)}\n                set found ${quoted([...names, name].join(' '))}`,
  );
}

function levelLines(level: Level): string[] {
  const { names, options, subcommands, completes } = level;
  const here = `complete -c codex -n ${quoted(`__codex_level ${quoted(names.join(' '))}`)}`;
  return [
    ...subcommands.map(({ name, text }) => `${here} -a ${name} -d ${quoted(text)}`),
    ...operandLines(here, completes),
    ...options.map(({ name, short, value, choices, completes: kind, text }) =>
      [
        here,
        short === undefined ? '' : `-s ${short}`,
        `-l ${name}`,
        value === null ? '' : kind === undefined ? '-x' : '-r',
        kind === undefined ? '' : `-F`,
        choices === undefined ? '' : `-a ${quoted(choices.join(' '))}`,
        `-d ${quoted(text ?? '')}`,
      ]
        .filter((part) => part !== '')
        .join(' '),
    ),
  ];
}

function operandLines(here: string, completes: Level['completes']): string[] {
  if (completes === 'command') return [`${here} -a '(__fish_complete_command)'`];
  if (completes === 'listed' || completes === 'open') return [`${here} -a '(__codex_ids ${completes})'`];
  return completes.length === 0 ? [] : [`${here} -a ${quoted(completes.join(' '))}`];
}

/** fish alone reads a backslash before a quote, and before a backslash, inside of single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
