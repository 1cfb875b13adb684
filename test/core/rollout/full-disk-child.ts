// Runs on a small disk of its own: fills it, records on, makes room, and says what is missing from the record.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginSpelling, openRollout, readAll, recordsOf, uuid7 } from '../../../src/core/rollout/index.ts';

const codexHome = process.argv[2] ?? '';
const session = uuid7();
const startedAt = Date.now();
const state = beginSpelling({ session, startedAt, codexHome, owner: {} });
const ballast = join(codexHome, 'ballast');
const wanted: string[] = [];
let troubles = 0;

const rollout = openRollout(
  { codexHome, session, startedAt },
  {
    retryMs: 20,
    onTrouble: () => {
      troubles += 1;
      // What follows is said while the disk is full; then somebody makes room.
      setImmediate(() => rmSync(ballast));
    },
    onRecovered: () => void finish(),
  },
);

async function finish(): Promise<void> {
  await rollout.close();
  const read = readAll(rollout.path, { codexHome, whenFileEnds: 'open' });
  if (!read.ok) throw new Error(read.problem.why);
  const there = new Set(read.value.events.map((event) => (event.type === 'message.added' ? event.item : '')));
  const missing = wanted.filter((item) => !there.has(item));
  clearTimeout(alive);
  process.stdout.write(JSON.stringify({ troubles, recovered: true, missing, damaged: read.value.damagedLines }));
}

function say(item: string): void {
  wanted.push(item);
  rollout.append(recordsOf({ type: 'message.added', item, turn: 't1', text: 'x'.repeat(700) }, Date.now(), state));
}

const opened = { cwd: '/', provider: 'shell', model: null, profile: 'p', network: 'restricted', version: '0' } as const;
rollout.append(recordsOf({ type: 'session.opened', ...opened, earlierItems: 0 }, Date.now(), state));
rollout.append(recordsOf({ type: 'turn.started', turn: 't1' }, Date.now(), state));
writeFileSync(ballast, Buffer.alloc(150_000));
for (let index = 0; index < 100; index += 1) say(`m${index}`);
// The retry timer does not keep a program alive by itself.
const alive = setTimeout(() => process.exit(8), 20_000);
