// 50 MB printed by one command: how long, at what price, is all of it kept, and can somebody type meanwhile?

import { rmSync } from 'node:fs';
import path from 'node:path';
import { openBareCommands } from '../lab/bare-commands.mjs';
import { openConversation } from '../lab/conversation.mjs';
import { digestOfFile, newestBelow, pourFile } from '../lab/flood-file.mjs';
import { openTypist } from '../lab/keys.mjs';
import { median } from '../lab/numbers.mjs';
import { cpuSeconds, familyOf, residentBytes, watchMemory } from '../lab/processes.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';

const BYTES = 50_000_000;
const ROUNDS = 5;
const KINDS = ['pipe', 'pty'];
const SAMPLE_MS = 50;
/** How often the file is poured while somebody types: some seconds each. */
const TYPING_POURS = { pipe: 15, pty: 8 };
const MEGABYTE = 1024 * 1024;
/** What a flood may add to the program's resident memory: its head and tail, its buffers, and V8's room around them. */
const MEMORY_LIMIT_MB = 64;

export async function flood({ place, say }) {
  const conversation = await openConversation(place);
  const commands = await openBareCommands(place, conversation);
  const poured = pourFile(conversation.workspace, BYTES);
  const cat = `cat ${poured.file}`;
  const contestants = Object.fromEntries(
    KINDS.flatMap((stdio) => [
      [`${stdio} reading`, () => bare(commands, cat, stdio, poured, null)],
      [`${stdio} floor`, () => bare(commands, cat, stdio, poured, path.join(conversation.codexHome, 'bare-output'))],
      [`${stdio} ours`, () => ours(conversation, cat, stdio, poured)],
    ]),
  );
  const results = await onSteadyFloor(
    () => inTurns(contestants, ROUNDS),
    (all) => all['pty floor'].map(({ ms }) => ms),
    say,
  );
  const typing = {};
  for (const stdio of KINDS) typing[stdio] = await typeDuring(conversation, poured, stdio);
  await commands.end();
  await conversation.end();
  return KINDS.flatMap((stdio) => rowsOf(stdio, results, typing[stdio]));
}

function rowsOf(stdio, results, typing) {
  const where = stdio === 'pty' ? 'terminal' : 'pipe';
  const mine = results[`${stdio} ours`];
  const floor = results[`${stdio} floor`];
  const pick = (list, key) => list.map((result) => result[key]);
  const cpu = (list) => `${median(pick(list, 'cpu')).toFixed(2)} s CPU`;
  return [
    {
      name: `50 MB through a ${where}`,
      unit: 'ms',
      ours: pick(mine, 'ms'),
      floor: pick(floor, 'ms'),
      floorName: 'bare reader that keeps it, same argv',
      goal: 1.3,
      note: `${cpu(mine)}, floor ${cpu(floor)}; ${median(pick(mine, 'written')) / 1000} kB to the terminal`,
    },
    {
      name: `against reading alone, ${where}`,
      unit: 'ms',
      ours: pick(mine, 'ms'),
      floor: pick(results[`${stdio} reading`], 'ms'),
      floorName: 'bare reader that keeps nothing',
      goal: null,
    },
    {
      name: `memory it adds, ${where}`,
      unit: 'MB',
      ours: pick(mine, 'added'),
      limit: MEMORY_LIMIT_MB,
      note: `peak ${Math.max(...pick(mine, 'peak')).toFixed(0)} MB resident`,
    },
    { name: `bytes not on disk, ${where}`, unit: 'B', ours: pick(mine, 'missing'), limit: 0 },
    { name: `key to screen meanwhile, ${where}`, unit: 'ms', ours: typing, limit: null },
  ];
}

async function bare(commands, cat, stdio, poured, keep) {
  const before = cpuSeconds([commands.readerPid]);
  const { ms, bytes } = await commands.bare(cat, stdio, keep);
  if (keep !== null) rmSync(keep);
  if (bytes !== poured.bytes[stdio]) throw new Error(`the bare reader read ${bytes} of ${poured.bytes[stdio]} bytes`);
  return { ms, cpu: cpuSeconds([commands.readerPid]) - before };
}

async function ours(conversation, cat, stdio, poured) {
  const { terminal, codexHome } = conversation;
  const family = familyOf(terminal.pid);
  const residentBefore = residentBytes(family);
  const cpuBefore = cpuSeconds(family);
  const writtenBefore = terminal.bytes();
  const memory = watchMemory(terminal.pid, SAMPLE_MS);
  const ms = await conversation.call(cat, stdio === 'pty', { max_output_tokens: 100 });
  const peak = memory.stop();
  await conversation.settled();
  const cpu = cpuSeconds(familyOf(terminal.pid)) - cpuBefore;
  const kept = newestBelow(path.join(codexHome, 'codex_ts/output'));
  const isWhole = kept !== null && (await digestOfFile(kept.file)) === poured.digest[stdio];
  if (kept !== null) rmSync(kept.file);
  const short = poured.bytes[stdio] - (kept?.size ?? 0);
  return {
    ms,
    cpu,
    peak: peak / MEGABYTE,
    added: (peak - residentBefore) / MEGABYTE,
    written: terminal.bytes() - writtenBefore,
    // The right number of wrong bytes is as bad as none.
    missing: isWhole ? 0 : short || poured.bytes[stdio],
  };
}

async function typeDuring(conversation, poured, stdio) {
  const files = Array.from({ length: TYPING_POURS[stdio] }, () => poured.file).join(' ');
  const type = openTypist(conversation.terminal);
  let isPouring = true;
  const answered = conversation.call(`cat ${files}`, stdio === 'pty').then(() => {
    isPouring = false;
  });
  const samples = [];
  while (isPouring) samples.push(await type());
  await answered;
  // The last letter may have come after the end.
  samples.pop();
  conversation.terminal.send('\x15');
  await conversation.settled();
  return samples;
}
