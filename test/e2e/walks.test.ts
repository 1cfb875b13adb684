// The walks of ARCHITECTURE.md, taken from the outside: keys in, a screen, a record and a model's view out.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { processesWith } from '../exec/machine.ts';
import { call, calls, type ModelServer, say, startModelServer } from '../support/model-server.ts';
import { countOf, eventually, type Program, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

async function serve(...script: Parameters<typeof startModelServer>): Promise<ModelServer> {
  const server = await startModelServer(...script);
  tests.afterwards(() => server.close());
  return server;
}

/** The answers to tool calls that request `number` brought back, in order. */
function answersIn(server: ModelServer, number: number): string[] {
  return (server.requests[number]?.body.input ?? [])
    .filter(({ type }) => type === 'function_call_output')
    .map(({ output }) => String(output));
}

describe('walk 1, a prompt becomes output', () => {
  it('what is typed runs in a pane, is on disk when it is on the screen, and ends as one item', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter(`echo first; ${until('go')}; echo second`);
    await program.waitFor(/^ {3}first$/m);
    expect(program.text()).toMatch(/^\S 1 echo first; .* · running · 0:0\d$/m);
    expect(JSON.stringify(program.rollout())).toContain('"text":"first\\r\\n"');
    expect(program.text()).not.toMatch(/^ {3}second/m);

    program.letGo();
    await program.waitFor(/^✓ echo first; .* · exit 0 · \d\.\d s$/m);
    await program.drawn();
    const history = program.history();
    expect(countOf(history, /echo first;/)).toBe(1);
    expect(history).toContain('  first');
    expect(history).toContain('  second');
    expect(program.text()).not.toContain('running');
    expect(program.cursor().col).toBe(2);
  });

  it('a model streams words before its response has ended', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const server = await serve(async ({ number }) => {
      if (number === 0) return call('exec_command', { cmd: 'echo from-the-command' });
      await held;
      return say('The command said what it had to say.');
    });
    const program = tests.open({ model: server.url });
    await program.ready();
    expect(program.text()).toContain('test-model');
    await program.enter('run it, please');
    await server.arrived(2);
    await program.waitForLine(/^ {2}from-the-command$/);
    expect(program.history()).toContain('❯ run it, please');
    finish();
    await program.waitForLine(/^ {2}The command said what it had to say\.$/);
    await program.waitForLine(/── .* 1 command/);
    expect(answersIn(server, 1)[0]).toMatch(/Process exited with code 0\n[\s\S]*from-the-command/);
  });

  it('three calls of one response run side by side, each in its pane, and are answered in the order of the calls', async () => {
    const names = ['alpha', 'beta', 'gamma'];
    const server = await serve([
      calls(names.map((name) => ['exec_command', { cmd: `echo ${name} began; ${until(name)}; echo ${name} ended` }])),
      say('All three are done.'),
    ]);
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('three at once');
    await program.waitFor((text) => names.every((name) => text.includes(`   ${name} began`)));
    for (const [index, name] of names.entries()) {
      expect(program.text()).toMatch(new RegExp(`^\\S ${index + 1} echo ${name} began.* · running`, 'm'));
    }
    await program.waitFor(/\b3 run/);

    // The last one ends first: its pane becomes an item while the others go on.
    for (const name of [...names].reverse()) {
      program.letGo(name);
      await program.waitForLine(new RegExp(`^ {2}${name} ended$`));
    }
    await program.waitForLine(/^ {2}All three are done\.$/);
    expect(answersIn(server, 1).map((answer) => /(\w+) ended/.exec(answer)?.[1])).toEqual(names);
    for (const name of names) expect(countOf(program.history(), new RegExp(`^✓ echo ${name} began`))).toBe(1);
  });

  it('a model types into a program that waits for it', async () => {
    const server = await serve(({ number, body }) => {
      if (number === 0) {
        const cmd = 'read -p "your name? " name; echo "hello, $name"';
        return call('exec_command', { cmd, tty: true, yield_time_ms: 300 });
      }
      if (number === 1) {
        const answer = String(body.input?.find(({ type }) => type === 'function_call_output')?.output);
        const session = Number(/session ID (\d+)/.exec(answer)?.[1]);
        return call('write_stdin', { session_id: session, chars: 'ana\n', yield_time_ms: 5000 });
      }
      return say('It greeted.');
    });
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('greet me');
    await program.waitForLine(/^ {2}It greeted\.$/);
    const [asked, greeted] = answersIn(server, 2);
    expect(asked).toContain('your name?');
    expect(asked).toContain('Process running with session ID');
    expect(greeted).toContain('hello, ana');
    expect(greeted).toContain('Process exited with code 0');
    expect(program.history().join('\n')).toMatch(/✓ read -p .* · exit 0/);
  });
});

describe('walk 2, a denial becomes a question and a second attempt', () => {
  /** A model that calls once, for a write outside the workspace, and then says a word. */
  async function blockedOnce(): Promise<{ program: Program; server: ModelServer; file: string }> {
    const place = tests.place();
    const file = path.join(place.outside, 'made');
    const server = await serve([
      call('exec_command', { cmd: `echo trying; echo written > ${file}` }),
      say('So it is.'),
    ]);
    const program = tests.open({ place, model: server.url });
    await program.ready();
    await program.enter('write it');
    await program.waitFor('needs your answer');
    return { program, server, file };
  }

  it('one key runs it again in the same pane, wider by exactly what was asked, and the model hears of it', async () => {
    const { program, server, file } = await blockedOnce();
    await program.waitFor(/Blocked {2}create \S+/);
    expect(program.text()).toMatch(/^\? 1 echo trying/m);
    expect(program.text()).toMatch(/Sure {5}certain/);
    expect(existsSync(file)).toBe(false);
    await program.answer('y');
    await program.waitForLine(/^✓ echo trying.* · exit 0 on attempt 2/);
    await program.waitForLine(/^ {2}So it is\.$/);
    expect(readFileSync(file, 'utf8')).toBe('written\n');
    expect(program.history().join('\n')).toMatch(
      /1 ⊘ blocked by the sandbox: create [^✓]*\n {6}you allowed it once: write /,
    );
    expect(countOf(program.history(), /echo trying/)).toBe(1);
    const [told] = answersIn(server, 1);
    expect(told).toContain(
      `The first attempt was blocked by the sandbox (create ${file}); the person allowed it once.`,
    );
    expect(told).toContain('Process exited with code 0');
    expect(told).not.toContain('Refused');

    const records = program.rollout();
    const decided = records.findIndex(({ type }) => type === 'codex_ts.decision');
    const second = records.findIndex(
      ({ type, payload }) => type === 'codex_ts.process' && payload.state === 'started' && payload.attempt === 2,
    );
    expect(decided).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(decided);
  });

  it('n refuses: nothing is written and the model is told that a person refused, not that the sandbox did', async () => {
    const { program, server, file } = await blockedOnce();
    await program.answer('n');
    await program.waitForLine(/refused by you: create /);
    await program.waitForLine(/^ {2}So it is\.$/);
    expect(existsSync(file)).toBe(false);
    const [told] = answersIn(server, 1);
    expect(told).toContain(`Refused: the person did not allow this command to create ${file}.`);
    expect(told).not.toContain('Blocked by the sandbox');
    expect(told).not.toContain('The person said');
  });

  it('t refuses with words, which the model gets and the item shows', async () => {
    const { program, server, file } = await blockedOnce();
    await program.answer('t');
    await program.waitFor('Why not:');
    program.send('use ./tmp instead');
    await program.waitFor('use ./tmp instead');
    program.send('\r');
    await program.waitForLine(/refused by you: create .*/);
    await program.waitForLine(/^ {2}So it is\.$/);
    expect(program.history().join(' ').replace(/\s+/g, ' ')).toContain('"use ./tmp instead"');
    expect(answersIn(server, 1)[0]).toContain('The person said: "use ./tmp instead".');
    expect(existsSync(file)).toBe(false);
  });

  it('w asks once more, Esc goes back, and only Enter runs it without the sandbox', async () => {
    const { program, server, file } = await blockedOnce();
    await program.answer('w');
    await program.waitFor('Enter runs it without the sandbox');
    program.send('\x1b');
    await program.waitFor(/▸ y {2}allow this/);
    expect(existsSync(file)).toBe(false);
    program.send('w');
    await program.waitFor('Enter runs it without the sandbox');
    // The second step is armed after a moment, so that a doubled key cannot take it.
    await eventually(
      () => {
        if (!program.text().includes('Enter runs it without the sandbox')) return true;
        program.send('\r');
        return false;
      },
      'Enter is taken',
      200,
    );
    await program.waitForLine(/you allowed one run without the sandbox/);
    await program.waitForLine(/^ {2}So it is\.$/);
    expect(readFileSync(file, 'utf8')).toBe('written\n');
    expect(answersIn(server, 1)[0]).toContain('the person allowed one run without the sandbox');
  });

  it('s covers a second card that waits for the same folder, and later commands of the session', async () => {
    const place = tests.place();
    const write = (name: string) => ({ cmd: `echo ${name} > ${path.join(place.outside, name)}` });
    const server = await serve([
      calls([
        ['exec_command', write('one')],
        ['exec_command', write('two')],
      ]),
      call('exec_command', write('three')),
      say('Three files.'),
    ]);
    const program = tests.open({ place, model: server.url });
    await program.ready();
    await program.enter('write them');
    await program.waitFor('needs your answer (2nd)');
    await program.answer('s');
    await program.waitForLine(/^ {2}Three files\.$/);
    const history = program.history().join('\n');
    expect(history).toContain('you allowed it for this session');
    expect(history).toContain('covered by your answer');
    for (const name of ['one', 'two', 'three']) {
      expect(readFileSync(path.join(place.outside, name), 'utf8')).toBe(`${name}\n`);
    }
    // The third one asked nobody: it had its grant when it started.
    expect(history).toMatch(/✓ echo three > \S+ · exit 0 · /);
  });

  it('a command that fails by itself asks nothing and carries no word of a sandbox', async () => {
    const server = await serve([call('exec_command', { cmd: 'echo broken >&2; exit 3' }), say('It failed.')]);
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('fail');
    await program.waitForLine(/^ {2}It failed\.$/);
    expect(program.history().join('\n')).toMatch(/✗ echo broken >&2; exit 3 · exit 3/);
    expect(answersIn(server, 1)[0]).not.toMatch(/sandbox|Refused|Blocked/);
  });
});

describe('walk 4, the crash', () => {
  it('after kill -9 everything that was seen is there again, the command is lost, and nothing runs twice', async () => {
    const program = tests.open({ rows: 30 });
    const { place } = program;
    await program.ready();
    await program.enter('echo before the crash');
    await program.waitForLine(/^✓ echo before the crash/);
    const marker = `${path.basename(path.dirname(place.home))}-marker`;
    await program.enter(`echo run >> runs; n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.01; done # ${marker}`);
    await program.waitFor(/^ {3}tick 2\d$/m);
    program.kill('SIGKILL');
    await program.exit;
    await program.drawn();
    const seen = program.screen().filter((row) => /^ {3}tick \d+$/.test(row));
    expect(seen.length).toBeGreaterThan(5);
    await eventually(() => processesWith(marker).length === 0, 'the command of a killed session ends');

    const resumed = tests.open({ place, rows: 30, args: ['resume', '--last'] });
    await resumed.waitForLine(/^∅ echo run .* · lost: the program ended while this ran$/);
    await resumed.ready();
    const history = resumed.history();
    for (const row of seen) expect(history).toContain(row.slice(1));
    expect(history).toContain('  before the crash');
    expect(history.join('\n')).toContain('It was not run again.');
    await resumed.enter('echo and on we go');
    await resumed.waitForLine(/^✓ echo and on we go · exit 0/);
    expect(readFileSync(path.join(place.workspace, 'runs'), 'utf8')).toBe('run\n');
    expect(place.records()).toHaveLength(1);
  });

  it('an open question is not answered by a crash: nothing was allowed, nothing is asked again, nothing runs', async () => {
    const program = tests.open();
    const { place } = program;
    const file = path.join(place.outside, 'made');
    await program.ready();
    await program.enter(`echo trying; : > ${file}`);
    await program.waitFor('needs your answer');
    program.kill('SIGKILL');
    await program.exit;
    const resumed = tests.open({ place, args: ['resume', '--last'] });
    await resumed.waitForLine(/^[∅⊘] echo trying; .*/);
    await resumed.ready();
    expect(resumed.history()).toContain('  trying');
    expect(resumed.text()).not.toContain('question');
    await resumed.enter(`echo once more; : > ${file}`);
    await resumed.waitFor('needs your answer');
    expect(existsSync(file)).toBe(false);
  });
});
