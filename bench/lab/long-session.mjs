// What does a long day's record look like? Turns with commands and answers, spelled by the program's own recorder.

import { createRequire } from 'node:module';
import { bundleRooms } from './engine.mjs';

const require = createRequire(import.meta.url);

const CHUNKS_PER_COMMAND = 14;
const LINES_PER_CHUNK = 16;
const COMMANDS_PER_TURN = 2;
const TURN_MS = 40_000;
const EVENT_MS = 7;

/** Writes `events` events into the home and returns the text of the last answer, the bytes and the events written. */
export async function recordLongSession(place, { codexHome, workspace }, events, lastAnswer) {
  const bundle = await bundleRooms(place, 'rollout', ['core/rollout/index.ts']);
  const { openRollout, beginSpelling, recordsOf, uuid7, ownerOfThisProcess } = require(bundle);
  const startedAt = Date.now() - Math.ceil(events / 30) * TURN_MS;
  const identity = { session: uuid7(startedAt), startedAt, codexHome, owner: ownerOfThisProcess('bench') };
  const state = beginSpelling(identity);
  const rollout = openRollout(
    { codexHome, session: identity.session, startedAt },
    { onTrouble: fail, onRecovered() {} },
  );
  let at = startedAt;
  let written = 0;
  const write = (list) => {
    written += list.length;
    const records = list.flatMap((event) => {
      at += EVENT_MS;
      return recordsOf(event, at, state);
    });
    rollout.append(records);
  };
  write([opened(workspace)]);
  for (let turn = 1; written < events; turn += 1) {
    at = Math.max(at, startedAt + turn * TURN_MS);
    write(turnOf(turn, workspace, `Turn ${turn} is done. Nothing else has to change.`));
  }
  write(turnOf(0, workspace, lastAnswer));
  write([{ type: 'session.ended', reason: 'quit' }]);
  await rollout.close();
  return { path: rollout.path, written };
}

function fail(problem) {
  throw new Error(JSON.stringify(problem));
}

function opened(cwd) {
  return {
    type: 'session.opened',
    cwd,
    provider: 'shell',
    model: null,
    profile: ':workspace',
    network: 'restricted',
    version: '0.1.0',
    earlierItems: 0,
  };
}

function turnOf(number, cwd, answer) {
  const turn = `turn-${number}`;
  const commands = Array.from({ length: COMMANDS_PER_TURN }, (_, index) => commandOf(turn, number, index, cwd));
  return [
    { type: 'turn.started', turn },
    { type: 'message.added', item: `message-${number}`, turn, text: `Look at part ${number} and mend what is wrong.` },
    ...commands.flat(),
    { type: 'answer.completed', item: `answer-${number}`, turn, text: answer },
    { type: 'usage.updated', used: 1_000 + number, window: 272_000 },
    {
      type: 'turn.ended',
      turn,
      outcome: 'completed',
      durationMs: TURN_MS / 2,
      commands: COMMANDS_PER_TURN,
      tokens: 900,
      problem: null,
    },
  ];
}

function commandOf(turn, number, index, cwd) {
  const process = number * COMMANDS_PER_TURN + index + 1;
  const call = `call-${process}`;
  const cmd = `make -C part-${number} check`;
  const exit = { kind: 'code', code: 0 };
  const chunks = Array.from({ length: CHUNKS_PER_COMMAND }, (_, chunk) => Buffer.from(linesOf(number, chunk)));
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let from = 0;
  return [
    { type: 'call.started', turn, call, name: 'exec_command', arguments: JSON.stringify({ cmd }) },
    {
      type: 'process.started',
      process,
      call,
      turn,
      attempt: 1,
      command: cmd,
      argv: ['/bin/bash', '-lc', cmd],
      cwd,
      origin: 'model',
      stdio: { kind: 'pipe', stdin: 'closed' },
      profile: ':workspace',
      grants: [],
    },
    ...chunks.map((chunk) => {
      const output = { type: 'process.output', process, attempt: 1, from, stream: 'stdout', bytes: chunk };
      from += chunk.length;
      return output;
    }),
    { type: 'process.exited', process, attempt: 1, exit },
    {
      type: 'process.closed',
      process,
      attempt: 1,
      exit,
      outcome: 'ok',
      bytes,
      lines: CHUNKS_PER_COMMAND * LINES_PER_CHUNK,
      durationMs: 3_000,
      denial: null,
    },
    { type: 'process.finished', process, call, outcome: 'ok', problem: null },
    { type: 'call.answered', turn, call, output: Buffer.concat(chunks.slice(-2)).toString() },
  ];
}

function linesOf(number, chunk) {
  const line = (index) => `ok ${number}.${chunk}.${index} the part does what its table says, in ${index + 3} ms\n`;
  return Array.from({ length: LINES_PER_CHUNK }, (_, index) => line(index)).join('');
}
