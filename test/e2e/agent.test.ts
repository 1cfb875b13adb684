// What can a model do beside running commands, and what does a person see of it?

import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { call, calls, item, type ModelServer, respond, say, startModelServer, text } from '../support/model-server.ts';
import { openPlace, type Program, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

async function serve(...script: Parameters<typeof startModelServer>): Promise<ModelServer> {
  const server = await startModelServer(...script);
  tests.afterwards(() => server.close());
  return server;
}

async function opened(options: Parameters<typeof tests.open>[0] = {}): Promise<Program> {
  const program = tests.open(options);
  await program.ready();
  return program;
}

const answerOf = (server: ModelServer, request: number): string =>
  String(server.requests[request]?.body.input?.findLast(({ type }) => type === 'function_call_output')?.output);

describe('a model that needs more than the profile gives', () => {
  const asking = (folder: string, name: string) =>
    call('exec_command', {
      cmd: `echo made > ${folder}/${name} && echo done with ${name}`,
      sandbox_permissions: 'with_additional_permissions',
      additional_permissions: { file_system: { write: [folder] } },
      justification: 'it belongs there',
    });

  it('asks for just that, is given it once, and asks again', async () => {
    const place = openPlace();
    const server = await serve([asking(place.outside, 'a'), asking(place.outside, 'b'), say('Done.')]);
    const program = await opened({ place, model: server.url });
    await program.enter('make two files there');
    await program.waitFor('"it belongs there"');
    expect(program.text()).toMatch(/Wants +write .*outside and below/);
    await program.answer('y');
    await program.waitForLine(/^ {2}done with a$/);
    await program.waitFor(/^\? 2 .* needs your answer/m);
    await program.answer('n');
    await program.waitForLine(/^ {2}Done\.$/);
    expect(existsSync(path.join(place.outside, 'a'))).toBe(true);
    expect(existsSync(path.join(place.outside, 'b'))).toBe(false);
    expect(answerOf(server, 2)).toContain('did not allow this command to have more than its profile gives');
    expect(answerOf(server, 2)).toContain('Do not repeat it');
  });

  it('is given it for the session, and is not asked about again', async () => {
    const place = openPlace();
    const server = await serve([asking(place.outside, 'a'), asking(place.outside, 'b'), say('Done.')]);
    const program = await opened({ place, model: server.url });
    await program.enter('make two files there');
    await program.waitFor('"it belongs there"');
    await program.answer('s');
    await program.waitForLine(/^ {2}Done\.$/);
    expect(existsSync(path.join(place.outside, 'b'))).toBe(true);
    await program.enter('/permissions');
    await program.waitFor(/write .*outside/);
  });

  it('is refused where nobody may be asked, and runs nothing', async () => {
    const place = openPlace();
    const server = await serve([asking(place.outside, 'a'), say('Then not.')]);
    const program = await opened({ place, model: server.url, args: ['-a', 'never'] });
    await program.enter('make it');
    await program.waitForLine(/^ {2}Then not\.$/);
    expect(existsSync(path.join(place.outside, 'a'))).toBe(false);
    expect(answerOf(server, 1)).toContain('nobody may be asked for more permissions');
  });
});

describe('a model’s plan and thinking', () => {
  it('are shown as they come, and are there after a resume', async () => {
    const reasoning = {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'I look at the files first.' }],
      encrypted_content: 'x',
    };
    const plan = [
      { step: 'read the files', status: 'completed' },
      { step: 'change one', status: 'in_progress' },
    ];
    const server = await serve([
      calls([['update_plan', { plan, explanation: 'a first idea' }]]),
      respond(item(reasoning), text('I read them.')),
    ]);
    const program = await opened({ model: server.url });
    await program.enter('go');
    await program.waitForLine(/^ {2}I read them\.$/);
    const shown = [/^plan · 1 of 2 · a first idea$/, /^ {2}\[x\] read the files$/, /^ {2}\[>\] change one$/];
    for (const row of shown) expect(program.history().some((line) => row.test(line))).toBe(true);
    expect(answerOf(server, 1)).toBe('The person sees the plan.');
    await program.enter('/plan');
    await program.waitFor('Esc closes');
    for (const row of shown)
      expect(
        program
          .text()
          .split('\n')
          .some((line) => row.test(line.trimEnd())),
      ).toBe(true);
    program.send('\x1b');
    await program.waitForDraft('');
    program.send('\x04');
    await program.exit;
    const again = await opened({ place: program.place, model: server.url, args: ['resume', '--last'] });
    for (const row of shown) await again.waitForLine(row);
  });
});

describe('/compact', () => {
  it('has the model summarise, and says how much room it made', async () => {
    const server = await serve([say('A long answer. '.repeat(200)), say('Goal: to look.'), say('Going on.')]);
    const program = await opened({ model: server.url });
    await program.enter('look at everything');
    await program.waitFor(/tokens$/m);
    await program.enter('/compact the colours');
    await program.waitForLine(/context summarised · .* tokens became .*/);
    await program.enter('and now');
    await program.waitForLine(/^ {2}Going on\.$/);
    expect(JSON.stringify(server.requests[1]?.body.input?.at(-1))).toContain('Above all keep: the colours');
    const said = JSON.stringify(server.requests[2]?.body.input);
    expect(said).toContain('Goal: to look.');
    expect(said).not.toContain('A long answer.');
  });

  it('without a model says that there is nothing to summarise', async () => {
    const program = await opened();
    await program.enter('/compact');
    await program.waitFor('There is no model');
  });
});

describe('a message for the model while it works', () => {
  it('is heard at its next step, within the same turn', async () => {
    const server = await serve([
      call('exec_command', { cmd: until('go') }),
      say('With tabs, then.'),
      say('And now the other.'),
    ]);
    const program = await opened({ model: server.url });
    await program.enter('indent it');
    await program.waitFor('until [ -e go ]');
    program.send('use tabs');
    await program.waitForDraft('use tabs');
    program.send('\x18\r');
    await program.waitFor('1 queued: use tabs');
    program.letGo();
    await program.waitForLine(/^ {2}With tabs, then\.$/);
    const input = server.requests[1]?.body.input ?? [];
    expect(input.slice(-2)).toMatchObject([
      { type: 'function_call_output' },
      { role: 'user', content: [{ text: 'use tabs' }] },
    ]);
    await program.waitFor(/tokens$/m);
    expect(server.requests).toHaveLength(2);
  });

  it('said after its last step begins the next turn', async () => {
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const server = await serve(async ({ number }) => {
      if (number === 0) await held;
      return number === 0 ? say('All done.') : say('That too.');
    });
    const program = await opened({ model: server.url });
    await program.enter('do it');
    await server.arrived(1);
    program.send('and that');
    await program.waitForDraft('and that');
    program.send('\x18\r');
    await program.waitFor('1 queued: and that');
    letGo();
    await program.waitForLine(/^ {2}All done\.$/);
    await program.waitForLine(/^ {2}That too\.$/);
    expect(server.requests[1]?.body.input?.at(-1)).toMatchObject({ role: 'user', content: [{ text: 'and that' }] });
  });
});
