// What does a shell need to complete this program's command line? One script for each shell, made from the table.

import { assertNever } from '../../problem/index.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import type { Level } from './completion-level.ts';
import { zshCompletion } from './completion-zsh.ts';
import { EVERYWHERE, type Option, SESSION_OPTIONS, SUBCOMMANDS, type Subcommand } from './subcommands.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionFor(shell: Shell): string {
  const levels = [
    level([], { options: SESSION_OPTIONS, subcommands: SUBCOMMANDS }),
    ...SUBCOMMANDS.flatMap((subcommand) => [
      level([subcommand.name], subcommand),
      ...(subcommand.subcommands ?? []).map((inner) => level([subcommand.name, inner.name], inner)),
    ]),
  ];
  switch (shell) {
    case 'bash':
      return bashCompletion(levels);
    case 'zsh':
      return zshCompletion(levels);
    case 'fish':
      return fishCompletion(levels);
    default:
      return assertNever(shell);
  }
}

function level(
  names: readonly string[],
  { options, subcommands = [], completes = [] }: Pick<Subcommand, 'options' | 'subcommands' | 'completes'>,
): Level {
  return {
    names,
    options: [...options, ...EVERYWHERE].filter(isForPeople),
    subcommands: subcommands.map(({ name, text }) => ({ name, text })),
    completes,
  };
}

function isForPeople({ text }: Option): boolean {
  return text !== null;
}
