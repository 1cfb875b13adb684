// The walks of ARCHITECTURE.md, in the built program and a real terminal.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  call,
  calls,
  type ModelServer,
  respond,
  say,
  startModelServer,
  text,
  toolCall,
} from './support/model-server.ts';
import { makePlace, modelConfig, newestRecords, startIn, type TestPlace } from './support/place.ts';
import type { Screen } from './support/screen.ts';

/** The model server numbers requests from here. */
const FIRST = 0;

/** Ctrl-X a */
const FOCUS_QUESTION = '\u0018a';

const open: { close(): Promise<unknown> }[] = [];
const places: TestPlace[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  for (const place of places.splice(0)) place.remove();
});

function placeWith(config = ''): TestPlace {
  const place = makePlace(config);
  places.push(place);
  return place;
}

async function start(place: TestPlace, args: readonly string[] = []): Promise<Screen> {
  const program = await startIn(place, args);
  open.push(program);
  return program;
}

async function serve(script: Parameters<typeof startModelServer>[0]): Promise<ModelServer> {
  const server = await startModelServer(script);
  open.push(server);
  return server;
}

/** What a model was told about the call before this request. */
function toldIn(server: ModelServer, request: number): string {
  return server.requests[request]?.body.input?.map((item) => String(item.output ?? '')).join('\n') ?? '';
}

describe('walk 1, a prompt becomes output', () => {
  it('runs what is typed as a command when there is no model, and says so', async () => {
    const program = await start(placeWith());
    expect(program.text()).toContain('No model is set up, so what you type runs as a command.');
    expect(program.text()).toMatch(/^shell · .*:workspace, no network/m);
    enter(program, 'for i in 1 2 3; do echo "line $i"; done');
    await program.waitFor(/✓ for i in .* exit 0[\s\S]*line 1[\s\S]*line 2[\s\S]*line 3/);
  });

  it('shows output while the command runs, colours and progress bars as a terminal would', async () => {
    const program = await start(placeWith());
    enter(
      program,
      `printf '10%%\\r'; printf '50%%\\r'; printf 'done\\n'; read -r x; printf '\\033[31mred\\033[0m %s\\n' "$x"`,
    );
    await program.waitFor(/waiting for input[\s\S]*done/);
    expect(program.text()).not.toContain('50%');
    program.send('typed\r');
    await program.waitFor(/exit 0[\s\S]*done[\s\S]*red typed/);
  });

  it('follows a lone cd, and says where it is', async () => {
    const place = placeWith();
    const program = await start(place);
    enter(program, 'mkdir -p inner');
    await program.waitFor(/mkdir -p inner · exit 0/);
    enter(program, 'cd inner');
    await program.waitFor(/app\/inner · :workspace/);
    enter(program, 'pwd');
    await program.waitFor(new RegExp(`✓ pwd[\\s\\S]*${path.join(place.workspace, 'inner')}`));
  });

  it('streams an answer, runs the calls of one response side by side, and tells the model how they ended', async () => {
    const server = await serve((request) =>
      request.number === FIRST
        ? respond(
            text('Three at once.'),
            toolCall('exec_command', { cmd: 'echo first; sleep 0.4; echo done' }),
            toolCall('exec_command', { cmd: 'echo second; exit 3' }),
            toolCall('exec_command', { cmd: 'echo third; sleep 0.4' }),
          )
        : say('All of them ended.'),
    );
    const program = await start(placeWith(modelConfig(server.url)));
    enter(program, 'do it');
    await program.waitFor((seen) => /1 echo first/.test(seen) && /3 echo third/.test(seen) && seen.includes('running'));
    await program.waitFor(/All of them ended\.[\s\S]*3 commands/);
    const items = program.history().join('\n');
    expect(items).toMatch(/✓ echo first.* · exit 0/);
    expect(items).toMatch(/✗ echo second.* · exit 3/);
    const told = toldIn(server, 1);
    expect(told).toContain('Process exited with code 3');
    expect(told).toContain('first\ndone');
  });

  it('lets a model type into a program that asks', async () => {
    const server = await serve(async (request) => {
      if (request.number === FIRST)
        return call('exec_command', { cmd: 'read -p "name? " x; echo "hi $x"', tty: true, yield_time_ms: 400 });
      const told = String(request.body.input?.at(-1)?.output ?? '');
      const session = /session ID (\d+)/.exec(told)?.[1];
      return session === undefined
        ? say('Greeted.')
        : call('write_stdin', { session_id: Number(session), chars: 'ana\n', yield_time_ms: 3000 });
    });
    const program = await start(placeWith(modelConfig(server.url)));
    enter(program, 'greet');
    await program.waitFor('Greeted.');
    expect(program.history().join('\n')).toMatch(/exit 0[\s\S]*hi ana/);
    expect(toldIn(server, 2)).toContain('hi ana');
  });
});

describe('walk 2, a denial becomes a question and a second attempt', () => {
  const outside = '/var/tmp/codex-e2e-outside';
  afterEach(() => rmSync(outside, { force: true }));

  it('names what was blocked, and one key lets exactly that through in the same pane', async () => {
    const program = await start(placeWith());
    enter(program, `touch ${outside}`);
    await program.waitFor(/needs your answer[\s\S]*Blocked {2}create \/var\/tmp\/codex-e2e-outside/);
    expect(existsSync(outside)).toBe(false);
    await answer(program, 'y');
    await program.waitFor('exit 0 on attempt 2');
    expect(existsSync(outside)).toBe(true);
    expect(program.text()).toContain('you allowed it once');
  });

  it('tells the model that the person refused, and why, and goes on', async () => {
    const server = await serve((request) =>
      request.number === FIRST ? call('exec_command', { cmd: `touch ${outside}` }) : say('Understood.'),
    );
    const program = await start(placeWith(modelConfig(server.url)));
    enter(program, 'try it');
    await program.waitFor('needs your answer');
    await answer(program, 't');
    enter(program, 'use ./tmp instead');
    await program.waitFor('Understood.');
    const told = toldIn(server, 1);
    expect(told).toContain('Refused: the person did not allow this command to create');
    expect(told).toContain('The person said: "use ./tmp instead"');
    expect(told).not.toContain('Blocked by the sandbox');
    expect(existsSync(outside)).toBe(false);
    expect(program.text()).toContain('refused by you');
  });

  it('asks again before anything runs without the sandbox', async () => {
    const program = await start(placeWith());
    enter(program, `touch ${outside}`);
    await program.waitFor('needs your answer');
    await answer(program, 'w');
    await program.waitFor(/could then read and change|everything you can/);
    expect(existsSync(outside)).toBe(false);
    // The second step is armed a moment after it was painted; Enter before that is no answer.
    for (let isDone = false; !isDone; ) {
      program.send('\r');
      isDone = await program.waitFor('exit 0 on attempt 2', 200).then(
        () => true,
        () => false,
      );
    }
    expect(existsSync(outside)).toBe(true);
  });

  it('is not asked under the policy never, and the model learns that', async () => {
    const server = await serve((request) =>
      request.number === FIRST ? call('exec_command', { cmd: `touch ${outside}` }) : say('Blocked, then.'),
    );
    const program = await start(placeWith(modelConfig(server.url, 'approval_policy = "never"')));
    enter(program, 'try it');
    await program.waitFor('Blocked, then.');
    expect(toldIn(server, 1)).toContain('Blocked by the sandbox: create /var/tmp/codex-e2e-outside is outside');
    expect(program.text()).toContain('blocked by the sandbox');
  });

  it('answers a second waiting question with a grant for the session that covers it', async () => {
    const server = await serve((request) =>
      request.number === FIRST
        ? calls([
            ['exec_command', { cmd: `touch ${outside}` }],
            ['exec_command', { cmd: `touch ${outside}` }],
          ])
        : say('Both done.'),
    );
    const program = await start(placeWith(modelConfig(server.url)));
    enter(program, 'both');
    await program.waitFor((seen) => (seen.match(/needs your answer/g) ?? []).length === 2);
    await answer(program, 's');
    await program.waitFor('Both done.');
    expect(
      program
        .history()
        .join('\n')
        .match(/exit 0 on attempt 2/g),
    ).toHaveLength(2);
  });

  it('never takes a sentence for an answer', async () => {
    const program = await start(placeWith());
    enter(program, `touch ${outside}`);
    program.send('say');
    await program.waitFor('needs your answer');
    program.send(' yes');
    await program.waitFor('$ say yes');
    expect(program.text()).toContain('1 question: Ctrl-X a');
    expect(existsSync(outside)).toBe(false);
  });
});

describe('walk 4, the crash', () => {
  it('brings back everything that was on the screen, marks what ran as lost, and runs nothing again', async () => {
    const place = placeWith();
    const first = await start(place);
    enter(first, 'echo run >> runs; for i in $(seq 500); do echo "line $i"; sleep 0.02; done');
    await first.waitFor(/line 1\d/);
    const seen = Math.max(...[...first.text().matchAll(/line (\d+)/g)].map((match) => Number(match[1])));
    first.kill('SIGKILL');
    await first.exit;

    const second = await start(place, ['resume', '--last']);
    await second.waitFor('1 command was running when the program ended');
    const transcript = second.history().join('\n');
    for (let line = 1; line <= seen; line++) expect(transcript).toMatch(new RegExp(`line ${line}$`, 'm'));
    expect(transcript).toContain('lost');
    enter(second, 'cat runs');
    await second.waitFor(/✓ cat runs · exit 0/);
    expect(readFileSync(path.join(place.workspace, 'runs'), 'utf8')).toBe('run\n');
  });

  it('paints a resumed session as it was seen live', async () => {
    const place = placeWith();
    const live = await start(place);
    enter(live, 'echo one; echo two');
    await live.waitFor(/✓ echo one; echo two · exit 0/);
    enter(live, 'exit 4');
    await live.waitFor(/✗ exit 4 · exit 4/);
    const items = (rows: readonly string[]) => {
      const from = rows.findIndex((row) => row.startsWith('✓ echo one'));
      return rows.slice(from, rows.findIndex((row) => row.startsWith('✗ exit 4')) + 1);
    };
    const before = items(live.history());
    enter(live, '/quit');
    await live.exit;
    const resumed = await start(place, ['resume', '--last']);
    await resumed.waitFor('── resumed');
    expect(items(resumed.history())).toEqual(before);
  });

  it('keeps a record that every reader can parse, with private modes', async () => {
    const place = placeWith();
    const program = await start(place);
    enter(program, 'echo recorded');
    await program.waitFor(/✓ echo recorded · exit 0/);
    program.kill('SIGKILL');
    await program.exit;
    const records = newestRecords(place);
    expect(records[0]?.type).toBe('session_meta');
    expect(records.some(({ payload }) => JSON.stringify(payload).includes('recorded\\r\\n'))).toBe(true);
  });
});

function enter(program: Screen, line: string): void {
  program.send(`${line}\r`);
}

/** Gives the open card the focus and presses a key once its choices are live. */
async function answer(program: Screen, key: string): Promise<void> {
  await program.waitFor('needs your answer');
  program.send(FOCUS_QUESTION);
  await program.waitFor(() => program.isDim(' no    t') === false);
  program.send(key);
}
