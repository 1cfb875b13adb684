// Who has a say while a model works? Stopping, queueing, typing into its commands, policies, a server that fails.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { processesWith } from '../exec/machine.ts';
import { call, calls, type ModelServer, say, stall, startModelServer, text } from '../support/model-server.ts';
import { eventually, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

async function serve(...script: Parameters<typeof startModelServer>): Promise<ModelServer> {
  const server = await startModelServer(...script);
  tests.afterwards(() => server.close());
  return server;
}

const answerOf = (server: ModelServer, request: number): string =>
  String(server.requests[request]?.body.input?.findLast(({ type }) => type === 'function_call_output')?.output);

describe('stopping a turn', () => {
  it('Ctrl-C ends its commands, gives queued messages back, and lets the background go on', async () => {
    const server = await serve([
      call('exec_command', { cmd: `echo behind; ${until('go')}; echo came through`, yield_time_ms: 250 }),
      say('It runs behind.'),
      call('exec_command', { cmd: `echo in front; ${until('never')} # stopped-with-the-turn` }),
    ]);
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('start the server');
    await program.waitForLine(/^ {2}It runs behind\.$/);
    await program.waitFor('1 bg');
    await program.enter('and now the other');
    await program.waitFor(/^ {3}in front$/m);
    await program.enter('a message for later');
    await program.waitFor('1 queued: a message for later');
    program.send('\x03');
    await program.waitForLine(/⊗ echo in front; .*/);
    await program.waitForDraft('a message for later');
    expect(program.history().join(' ')).toMatch(/stopped by you/);
    await eventually(() => processesWith('stopped-with-the-turn').length === 0, 'the command ends');
    expect(program.text()).toContain('1 bg');
    program.letGo();
    await program.waitForLine(/^ {2}came through$/);
    expect(server.requests).toHaveLength(3);
  });

  it('one Esc only says what the second one does', async () => {
    const server = await serve([stall([text('Let me think about this')])]);
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('think');
    await program.waitFor('Let me think about this');
    program.send('\x1b');
    await program.waitFor('Esc again stops the turn');
    expect(program.text()).not.toMatch(/stopped/);
    program.send('\x1b');
    await program.recorded(({ payload }) => payload.type === 'turn_aborted');
    await program.enter('are you there');
    await server.arrived(2);
    // What was said before the stop is part of what the model is told next.
    expect(JSON.stringify(server.requests[1]?.body.input)).toContain('are you there');
  });

  it('Ctrl-C with an open question closes it unanswered', async () => {
    const place = tests.place();
    const file = path.join(place.outside, 'made');
    const server = await serve([call('exec_command', { cmd: `: > ${file}` }), say('Never asked for.')]);
    const program = tests.open({ place, model: server.url, config: '[tui.approval]\nauto_focus = false\n' });
    await program.ready();
    await program.enter('write');
    await program.waitFor('1 question: Tab');
    program.send('\x03');
    await program.recorded(({ type }) => type === 'codex_ts.withdrawn');
    await program.waitFor((shown) => !shown.includes('needs your answer'));
    expect(existsSync(file)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });
});

describe('messages while a turn runs', () => {
  it('wait in a queue, come back with Up, and are sent when the turn ends', async () => {
    const server = await serve([call('exec_command', { cmd: until('go') }), say('First done.'), say('Second done.')]);
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('first');
    await program.waitFor('running');
    await program.enter('second, misspelt');
    await program.waitFor('1 queued: second, misspelt');
    program.send('\x1b[A');
    await program.waitForDraft('second, misspelt');
    expect(program.text()).not.toContain('queued');
    // The blank before the word stays.
    program.send('\x7f'.repeat('misspelt'.length));
    await program.waitForDraft('second,');
    await program.enter('spelled right');
    await program.waitFor('1 queued: second, spelled right');
    program.letGo();
    await program.waitForLine(/^ {2}Second done\.$/);
    const history = program.history();
    expect(history.indexOf('  First done.')).toBeLessThan(history.indexOf('❯ second, spelled right'));
  });

  it('of 10,000 pasted lines are folded in the composer and arrive byte for byte', async () => {
    const server = await serve([say('Read.')]);
    const program = tests.open({ model: server.url });
    await program.ready();
    const pasted = Array.from({ length: 10_000 }, (_, index) => `line ${index + 1} of a log`).join('\n');
    program.send(`\x1b[200~${pasted}\x1b[201~`);
    await program.waitFor(/\[pasted 10,000 lines, .*kB\]/);
    program.send('\x18x');
    await program.waitFor('line 10000 of a log');
    program.send('\r');
    await server.arrived(1);
    const input = server.requests[0]?.body.input ?? [];
    expect(JSON.stringify(input)).toContain(JSON.stringify(pasted).slice(1, -1));
    await program.waitForLine(/^ {2}Read\.$/);
  });
});

describe("a model's command that waits for input", () => {
  it('leaves the keys with the person until Tab and i bring them to it', async () => {
    const server = await serve([
      call('exec_command', { cmd: 'read -p "your name? " name; echo "hello, $name"', tty: true }),
      say('Greeted.'),
    ]);
    const program = tests.open({ model: server.url });
    await program.ready();
    await program.enter('greet');
    await program.waitFor('waiting for input');
    await program.waitFor('Tab to type into it');
    program.send('mine');
    await program.waitForDraft('mine');
    await program.waitFor('Ctrl-X 1 to type into it');
    program.send('\x15');
    await program.waitFor('Tab to type into it');
    program.send('\t');
    await program.waitFor(() => !program.modes().cursorShown);
    program.send('i');
    await program.waitFor('keys go to 1');
    program.send('ana\r');
    await program.waitForLine(/^ {2}Greeted\.$/);
    expect(answerOf(server, 1)).toContain('hello, ana');
  });
});

describe('approval policies', () => {
  it('never asks nobody: the model is told that the sandbox blocked it, not a person', async () => {
    const place = tests.place();
    const file = path.join(place.outside, 'made');
    const server = await serve([call('exec_command', { cmd: `echo tried; : > ${file}` }), say('Blocked.')]);
    const program = tests.open({ place, model: server.url, args: ['-a', 'never'] });
    await program.ready();
    await program.enter('write');
    await program.waitForLine(/^ {2}Blocked\.$/);
    expect(program.history().join(' ').replace(/\s+/g, ' ')).toMatch(
      /⊘ .*blocked by the sandbox: create .*\(not asked\)/,
    );
    const told = answerOf(server, 1);
    expect(told).toContain(`Blocked by the sandbox: create ${file}`);
    expect(told).toContain('the approval policy allows no question');
    expect(told).toContain('tried');
    expect(told).not.toContain('Refused');
    expect(existsSync(file)).toBe(false);
  });

  it('untrusted asks before each command, and nothing runs until the answer', async () => {
    const server = await serve([calls([['exec_command', { cmd: 'echo one > ran.txt' }]]), say('Yes and no.')]);
    const program = tests.open({ model: server.url, args: ['-a', 'untrusted'] });
    await program.ready();
    await program.enter('run');
    await program.waitFor('to run this command');
    expect(existsSync(path.join(program.place.workspace, 'ran.txt'))).toBe(false);
    await program.answer('n');
    await program.waitForLine(/^ {2}Yes and no\.$/);
    expect(existsSync(path.join(program.place.workspace, 'ran.txt'))).toBe(false);
    expect(answerOf(server, 1)).toContain('Refused: the person did not allow this command to run.');
  });

  it('a request to leave the sandbox shows the reason of the model, and stands on no', async () => {
    const place = tests.place();
    const file = path.join(place.outside, 'made');
    const escalated = { cmd: `echo free > ${file}`, sandbox_permissions: 'require_escalated' };
    const server = await serve([
      call('exec_command', { ...escalated, justification: 'May I write next door?' }),
      say('I was told no.'),
    ]);
    const program = tests.open({ place, model: server.url });
    await program.ready();
    await program.enter('go out');
    await program.waitFor('"May I write next door?"');
    expect(program.text()).toContain('to run outside the sandbox');
    await program.answer('\r');
    await program.waitForLine(/^ {2}I was told no\.$/);
    expect(existsSync(file)).toBe(false);
    expect(answerOf(server, 1)).toContain('did not allow this command to run without the sandbox');
  });
});

describe('a server that does not answer', () => {
  it('is named with its address, and the session goes on', async () => {
    const server = await startModelServer([]);
    const { url } = server;
    await server.close();
    const retries = '[model_providers.loopback]\nrequest_max_retries = 0\n';
    const program = tests.open({
      config: `model = "test-model"\nmodel_provider = "loopback"\n${retries}base_url = "${url}"\n`,
    });
    await program.ready();
    await program.enter('anybody there?');
    await program.waitForLine(new RegExp(new URL(url).host));
    await program.enter('/quit');
    expect((await program.exit).code).toBe(0);
  });
});
