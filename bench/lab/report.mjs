// Was the goal reached? Rows of measurements become a table and a verdict. Pure.

import { median, p99 } from './numbers.mjs';

/** Single runs differ: a goal counts as missed only beyond this. */
const TOLERANCE = 0.1;

/**
 * A row: `name`, `unit`, `ours` (samples); with `floor` (samples) and `floorName` a ratio, which `goal` bounds; else
 * `limit` bounds the median itself. `peer` (samples) adds a second ratio, bounded by `peerGoal`. Null bounds nothing.
 */
export function judge(row) {
  const value = median(row.ours);
  const verdicts = [];
  if (row.floor !== undefined)
    verdicts.push({ against: row.floorName, ratio: value / median(row.floor), goal: row.goal });
  if (row.peer !== undefined) {
    verdicts.push({ against: 'peer', ratio: value / median(row.peer), goal: row.peerGoal ?? null });
  }
  const bounded = verdicts.filter(({ goal }) => goal !== null);
  const isOver = row.limit !== undefined && row.limit !== null && value > row.limit * (1 + TOLERANCE);
  return { value, verdicts, isMissed: isOver || bounded.some(({ ratio, goal }) => !(ratio <= goal * (1 + TOLERANCE))) };
}

export function table(rows) {
  const lines = [['figure', 'ours', 'p99', 'floor', 'ratio', 'goal', '', '']];
  for (const row of rows) {
    const { value, verdicts, isMissed } = judge(row);
    const own = [row.name, `${shown(value)} ${row.unit}`, row.ours.length > 1 ? shown(p99(row.ours)) : ''];
    const mark = isMissed ? 'MISSED' : '';
    if (verdicts.length === 0) {
      const limit = row.limit === undefined || row.limit === null ? '' : `<= ${row.limit} ${row.unit}`;
      lines.push([...own, '', '', limit, mark, row.note ?? '']);
    }
    verdicts.forEach(({ against, ratio, goal }, index) => {
      const floor = median(against === 'peer' ? row.peer : row.floor);
      const bound = goal === null ? '' : `<= ${goal}`;
      const note = [against, index === 0 ? row.note : undefined].filter((text) => text !== undefined).join('; ');
      lines.push([
        ...(index === 0 ? own : ['', '', '']),
        shown(floor),
        ratio.toFixed(2),
        bound,
        index === 0 ? mark : '',
        note,
      ]);
    });
  }
  return aligned(lines);
}

function shown(value) {
  if (Number.isNaN(value)) return '-';
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
}

function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const cell = (text, column) =>
    column === 0 || column > 5 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n');
}
