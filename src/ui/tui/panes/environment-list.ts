// The machines commands can be given to, one row each: what it is called, how it stands, which one is in use.

import type { EnvironmentLine } from '../../../core/bus/index.ts';
import { cellWidth, cutEnd, visible } from '../terminal/width.ts';
import { joined, type Look, paint } from '../view/look.ts';

export interface EnvironmentListView {
  readonly cols: number;
  readonly look: Look;
  /** Null while the session has not answered. */
  readonly environments: readonly EnvironmentLine[] | null;
  /** The machine of commands that name none. */
  readonly current: string;
  readonly selected: string | null;
}

const WORDS = {
  idle: 'not used yet',
  connecting: 'connecting',
  ready: 'ready',
  recovering: 'reconnecting',
  failed: 'unreachable',
} as const;

/** A list with its title above and its keys below. */
export function environmentRows(view: EnvironmentListView): string[] {
  const { cols, look, environments } = view;
  const width = Math.max(1, cols - 1);
  const keys = cols < 60 ? 'Enter use  Esc' : `Enter runs commands there ${look.glyphs.separator} Esc close`;
  const names = Math.max(0, ...(environments ?? []).map(({ name }) => cellWidth(name)));
  return [
    `  ${paint(look, 'bold', 'Environments')}`,
    ...(environments === null
      ? ['  …']
      : environments.map((it) => cutEnd(rowOf(it, view, names), width, look.glyphs.ellipsis))),
    cutEnd(`  ${paint(look, 'dim', keys)}`, width, look.glyphs.ellipsis),
  ];
}

function rowOf({ name, state, problem }: EnvironmentLine, view: EnvironmentListView, names: number): string {
  const { look, current, selected } = view;
  const pointer = name === selected ? look.glyphs.pointer : ' ';
  const mark = name === current ? 'in use' : '';
  const why = problem === null ? '' : visible(problem.why === '' ? problem.what : problem.why);
  const facts = joined(
    look,
    [WORDS[state], mark, why].filter((fact) => fact !== ''),
  );
  return `  ${pointer} ${name}${' '.repeat(Math.max(0, names - cellWidth(name)))}  ${facts}`;
}
