// Helpers that write sessions down and put events in a form that can be compared.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBody } from '../../../src/core/bus/contract.ts';
import { beginSpelling, recordsOf, type SpellInput, type SpellState, uuid7 } from '../../../src/core/rollout/index.ts';
import { isNumbered, type RecordLine, writtenForm } from '../../../src/core/rollout/record.ts';

export const START = Date.UTC(2026, 10, 21, 9, 23, 54);
export const SESSION = uuid7(START, new Uint8Array(10).fill(7));

export function spellingIn(codexHome: string, session: string = SESSION, startedAt: number = START): SpellState {
  return beginSpelling({ session, startedAt, codexHome, owner: { pid: 1 } });
}

export function recordsFor(inputs: readonly SpellInput[], state: SpellState): RecordLine[] {
  return inputs.flatMap((input, index) => recordsOf(input, START + index * 10, state));
}

/** The lines as they stand in a file that holds only these inputs. */
export function linesFor(inputs: readonly SpellInput[], state: SpellState = spellingIn('/h')): string[] {
  let ordinal = 0;
  return recordsFor(inputs, state).map((record) => {
    const isCounted = isNumbered(record.type);
    const line = writtenForm(record, isCounted ? ordinal : null);
    if (isCounted) ordinal += 1;
    return line;
  });
}

/** Everything but output and what a record does not keep: pieces of answers that were completed, and waiting. */
export function kept(events: readonly EventBody[]): unknown[] {
  const completed = new Set(events.flatMap((event) => (event.type === 'answer.completed' ? [event.item] : [])));
  return events
    .filter((event) => event.type !== 'process.output' && event.type !== 'process.waiting')
    .filter((event) => event.type !== 'answer.delta' || !completed.has(event.item))
    .map((event) => ({ ...event, at: 0 }));
}

/** Each attempt's bytes with their stream and place, however they were cut into pieces. */
export function outputs(events: readonly EventBody[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const event of events) {
    if (event.type !== 'process.output') continue;
    const attempt = `${event.process}.${event.attempt}`;
    found[attempt] ??= [];
    event.bytes.forEach((byte, index) => {
      found[attempt]?.push(`${event.from + index} ${event.stream} ${byte}`);
    });
  }
  return found;
}

/** A CODEX_HOME of its own for `use`, removed afterwards. */
export async function inHome<T>(use: (codexHome: string) => T | Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'rollout-'));
  try {
    return await use(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
