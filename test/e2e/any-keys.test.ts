// Somebody leans on the keyboard while the window is dragged about: nothing crashes, and the terminal is sane after it.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { respond, say, startModelServer, text, toolCall } from '../support/model-server.ts';
import { openPlace, type Place, type Program, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

/** A longer run by hand: FUZZ_SECONDS=60, and FUZZ_SEED to have one again. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 8);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

const KEYS: readonly string[] = [
  ...'abcdefghijklmnopqrstuvwxyz0123456789 .,;:!?/@$&|<>(){}[]"\'\\`~-_=+*#%^',
  ...['\r', '\r', '\r', '\n', '\t', '\x1b[Z', '\x7f', '\x7f', '\x1b', '\x1b[A', '\x1b[B', '\x1b[C', '\x1b[D'],
  ...['\x1b[H', '\x1b[F', '\x1b[5~', '\x1b[6~', '\x1b[3~', '\x1bb', '\x1bf', '\x1b\x7f', '\x1by', '\x1b[1;5C'],
  ...['\x01', '\x02', '\x03', '\x05', '\x06', '\x0b', '\x0c', '\x0e', '\x10', '\x12', '\x14', '\x15', '\x16', '\x17'],
  ...['\x18', '\x18', '\x18', '\x19', '\x1d', '\x1f'],
  ...[
    '日本',
    '👩‍👩‍👧',
    'é',
    'שלום',
    '\u200b',
    '\x1b[200~two\nlines\x1b[201~',
    `\x1b[200~${'x'.repeat(3_000)}\x1b[201~`,
  ],
  ...['\x1b[I', '\x1b[O', '\x1b[?1;2c', '\x1b[<0;3;3M', '\x1b]11;rgb:0/0/0\x07', '\x1b[999', '\x9b', '\xff', '\0'],
  ...[
    'seq 2000\r',
    'sleep 1\r',
    'ls /root/x; touch /srv/x\r',
    'cat\r',
    '/status\r',
    '/help\r',
    '/ps\r',
    '/plan\r',
    '!cat\r',
  ],
];

/** Numbers in [0, 1) that come again with the same seed. */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Played {
  readonly program: Program;
  readonly starts: number;
}

async function play(place: Place, model: string | undefined, chance: () => number): Promise<Played> {
  const until = performance.now() + SECONDS * 1000;
  const start = (args: readonly string[]): Program =>
    tests.open({ place, args, ...(model === undefined ? {} : { model }) });
  let program = start([]);
  let starts = 1;
  await program.ready();
  while (performance.now() < until) {
    const burst = Array.from({ length: 1 + Math.floor(chance() * 20) }, () => KEYS[Math.floor(chance() * KEYS.length)]);
    program.send(burst.join(''));
    if (chance() < 0.1) program.resize(1 + Math.floor(chance() * 200), 1 + Math.floor(chance() * 60));
    const end = await Promise.race([program.exit, program.drawn().then(() => null)]);
    if (end === null) continue;
    // Two Ctrl-C leave, and that is no crash.
    expect(end).toEqual({ code: 0, signal: null });
    program = start(['resume', '--last']);
    starts += 1;
    await program.ready();
  }
  return { program, starts };
}

it.each([
  ['without a model', false],
  ['with a model', true],
])(
  `any keys at any size %s (seed ${SEED})`,
  async (_name, hasModel) => {
    const server = hasModel
      ? await startModelServer(({ body }) =>
          body.input?.at(-1)?.type === 'message'
            ? respond(
                text('# Heading\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n```ts\nconst x = 1;\n```\n'),
                toolCall('exec_command', { cmd: 'echo hi; touch /srv/no' }),
              )
            : say('Done.'),
        )
      : null;
    if (server !== null) tests.afterwards(() => server.close());
    const place = openPlace();
    const { program } = await play(place, server?.url, chances(SEED));
    expect(program.history().join('\n')).not.toMatch(/defect|codex crashed|unhandled/i);
    const crashes = path.join(place.home, '.codex', 'codex_ts', 'crash');
    expect(existsSync(crashes) ? readdirSync(crashes) : []).toEqual([]);
    program.kill('SIGTERM');
    expect((await program.exit).code).toBe(143);
    expect(program.modes()).toMatchObject({ alternateScreen: false, bracketedPaste: false, cursorShown: true });
  },
  (SECONDS + 40) * 1000,
);
