// Records without end and says what it has shown, after it was written: its parent kills it at some point.

import { writeSync } from 'node:fs';
import type { EventBody } from '../../../src/core/bus/contract.ts';
import { beginSpelling, openRollout, recordsOf, uuid7 } from '../../../src/core/rollout/index.ts';

const codexHome = process.argv[2] ?? '';
const session = uuid7();
const startedAt = Date.now();
const state = beginSpelling({ session, startedAt, codexHome, owner: {} });
const rollout = openRollout(
  { codexHome, session, startedAt },
  { onTrouble: () => process.exit(9), onRecovered: () => {} },
);

function show(event: EventBody, said: string): void {
  rollout.append(recordsOf(event, Date.now(), state));
  if (said !== '') writeSync(1, `${said}\n`);
}

const opened = { cwd: '/', provider: 'shell', model: null, profile: 'p', network: 'restricted', version: '0' } as const;
show({ type: 'session.opened', ...opened, earlierItems: 0 }, '');
show({ type: 'turn.started', turn: 't1' }, rollout.path);
const started = {
  call: 'c',
  turn: 't1',
  attempt: 1,
  command: 'yes',
  argv: ['yes'],
  cwd: '/',
  origin: 'person',
} as const;
const stdio = { kind: 'pty', cols: 80, rows: 24 } as const;
show({ type: 'process.started', process: 1, ...started, argv: ['yes'], stdio, profile: 'p', grants: [] }, '');
for (let index = 0, from = 0; ; index += 1) {
  show({ type: 'message.added', item: `m${index}`, turn: 't1', text: 'x'.repeat(index % 500) }, `m${index}`);
  const bytes = new Uint8Array(((index * 37) % 900) + 1).fill(97);
  if (from + bytes.length > 1_000_000) continue;
  show({ type: 'process.output', process: 1, attempt: 1, from, stream: 'pty', bytes }, `o${from}`);
  from += bytes.length;
}
