// SIGKILL at any moment: what a person had seen is in the record, a decision is there before what it allowed, and
// nothing runs twice. `CODEX_KILLS` says how often; the times are drawn anew with each run.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { apply, emptyTranscript } from '../../src/core/bus/index.ts';
import { type RecordedEvent, readAll } from '../../src/core/rollout/index.ts';
import { RecordedOutput } from '../../src/ui/export/recorded-output.ts';
import { type Program, programsOfATest } from '../support/program.ts';

const KILLS = Number(process.env.CODEX_KILLS ?? 500);
const AT_ONCE = 3;

const tests = programsOfATest();

/** Prints numbered lines without end, and says in a file that it was started. */
const FLOOD = 'echo run >> runs; i=0; while :; do i=$((i+1)); echo line-$i; done';

/** Everything that the screen showed at any time. */
function watched(program: Program): ReadonlySet<number> {
  const seen = new Set<number>();
  program
    .waitFor((text) => {
      for (const [, number] of text.matchAll(/^ {3}line-(\d+)$/gm)) seen.add(Number(number));
      return false;
    }, 60_000)
    .catch(() => {
      // It ends with the program.
    });
  return seen;
}

function eventsOf({ place }: Program): readonly RecordedEvent[] {
  const [file] = place.records();
  if (file === undefined) return [];
  const read = readAll(file, { codexHome: place.codexHome, whenFileEnds: 'lost' });
  if (!read.ok) throw new Error(read.problem.what);
  expect(read.value.damagedLines).toBeLessThanOrEqual(1);
  return read.value.events;
}

/** The highest number in the recorded output, which has them all up to there; the last line may be half written. */
function recordedLines(events: readonly RecordedEvent[]): number {
  const output = new RecordedOutput();
  for (const event of events) output.take(event);
  const lines = Buffer.from(output.whole(1, 1) ?? [])
    .toString()
    .split('\n');
  const begun = lines.pop() ?? '';
  lines.forEach((line, index) => {
    if (line !== `line-${index + 1}\r`) throw new Error(`line ${index + 1} is recorded as ${JSON.stringify(line)}`);
  });
  const next = `line-${lines.length + 1}`;
  if (!`${next}\r`.startsWith(begun)) throw new Error(`line ${lines.length + 1} begins as ${JSON.stringify(begun)}`);
  // The screen shows a line before its line feed has come.
  return begun.startsWith(next) ? lines.length + 1 : lines.length;
}

const runsIn = ({ place }: Program): number => {
  const file = path.join(place.workspace, 'runs');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};

async function killedInAFlood(delayMs: number, waitsForOutput: boolean, isResumed: boolean): Promise<void> {
  const program = tests.open();
  await program.ready();
  const seen = watched(program);
  await program.enter(FLOOD);
  if (waitsForOutput) await program.waitFor(/^ {3}line-\d+$/m);
  await wait(delayMs);
  program.kill('SIGKILL');
  await program.exit;
  await program.drawn();
  const events = eventsOf(program);
  expect(recordedLines(events)).toBeGreaterThanOrEqual(Math.max(0, ...seen));
  const transcript = emptyTranscript();
  for (const event of events) apply(transcript, event);
  const started = events.filter(({ type }) => type === 'process.started').length;
  // It may have been killed between the record and the start, never between the start and the record.
  expect(runsIn(program)).toBeLessThanOrEqual(started);
  if (started > 0) expect(transcript.processes.get(1)?.state).toMatchObject({ kind: 'finished', outcome: 'lost' });
  if (!isResumed || started === 0) return;
  const runs = runsIn(program);
  const next = tests.open({ place: program.place, args: ['resume', '--last'] });
  await next.waitForLine(/lost: the program ended while this ran/);
  await next.enter('echo goes on');
  await next.waitForLine(/^ {2}goes on$/);
  expect(runsIn(program)).toBe(runs);
  next.send('\x04');
  await next.exit;
}

async function killedAtADecision(delayMs: number): Promise<void> {
  const program = tests.open();
  await program.ready();
  const made = path.join(program.place.outside, 'made');
  await program.enter(`echo run >> runs; echo x > ${made} && sleep 9`);
  await program.waitFor('needs your answer');
  await program.answer('y');
  await wait(delayMs);
  program.kill('SIGKILL');
  await program.exit;
  const events = eventsOf(program);
  const types = events.map(({ type }) => type);
  const decided = events.filter((event) => event.type === 'question.decided' && event.decision === 'once').length;
  expect(types.filter((type) => type === 'question.opened')).toHaveLength(1);
  // What was made was allowed by something that is on disk.
  if (existsSync(made)) expect(decided).toBe(1);
  expect(types.filter((type) => type === 'process.started').length).toBeLessThanOrEqual(1 + decided);
  expect(runsIn(program)).toBeLessThanOrEqual(1 + decided);
  expect(types).toContain(decided === 1 ? 'question.decided' : 'question.withdrawn');
}

describe('a program that is killed', () => {
  it(`at ${KILLS} random moments loses nothing that was seen`, async () => {
    const one = async (kill: number): Promise<void> => {
      const chance = Math.random();
      if (kill % 3 === 0) await killedInAFlood(chance * 150, false, kill % 30 === 0);
      else if (kill % 3 === 1) await killedInAFlood(chance * 400, true, kill % 30 === 1);
      else await killedAtADecision(chance * 150);
    };
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < KILLS) await one(next++);
      }),
    );
  }, 900_000);
});
