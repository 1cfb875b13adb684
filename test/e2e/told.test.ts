// What does a folder, and what does a person, tell a model beside the message: files, prompts, pictures, and hooks?

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { call, type ModelServer, say, startModelServer } from '../support/model-server.ts';
import { eventually, openPlace, type Place, type Program, programsOfATest } from '../support/program.ts';

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

function write(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** What is pressed before the question could be read belongs to the message: there an arrow does nothing. */
async function movedTo(program: Program, key: string): Promise<void> {
  await eventually(
    () => {
      if (program.text().includes(`▸ ${key}  `)) return true;
      program.send('\x1b[B');
      return false;
    },
    'the question takes keys',
    200,
  );
}

/** The smallest picture there is. */
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
);

describe('a project’s own words', () => {
  it('reach the model, as they are when the turn begins', async () => {
    const place = openPlace();
    write(place.workspace, 'AGENTS.md', 'Indent with tabs.');
    write(place.codexHome, 'skills/pdf/SKILL.md', '---\nname: pdf\ndescription: Fills in forms\n---\n');
    const server = await serve(() => say('Yes.'));
    const program = await opened({ place, model: server.url });
    await program.enter('one');
    await program.waitForLine(/^ {2}Yes\.$/);
    write(place.workspace, 'AGENTS.md', 'Indent with blanks.');
    await program.enter('two');
    await server.arrived(2);
    const [first, second] = server.requests.map(({ body }) => body.instructions ?? '');
    expect(first).toContain('Indent with tabs.');
    expect(first).toContain('- pdf: Fills in forms');
    expect(second).toContain('Indent with blanks.');
    expect(second).not.toContain('with tabs');
  });

  it('that nobody has decided about are asked about once, and used from a yes on', async () => {
    const place = openPlace();
    mkdirSync(path.join(place.workspace, '.git'));
    write(place.workspace, '.codex/config.toml', 'model_verbosity = "low"\n');
    write(place.workspace, '.codex/prompts/hello.md', 'Say hello to $1.');
    const server = await serve(() => say('Hello.'));
    const program = tests.open({ place, model: server.url });
    await program.waitFor('brings things of its own for codex');
    expect(program.text()).toContain('.codex/config.toml');
    await movedTo(program, 'y');
    program.send('\r');
    await program.ready();
    await program.enter('/hello Ada');
    await program.waitForLine(/^ {2}Hello\.$/);
    expect(server.requests[0]?.body).toMatchObject({ text: { verbosity: 'low' } });
    expect(server.requests[0]?.body.input?.at(-1)).toMatchObject({ content: [{ text: 'Say hello to Ada.' }] });
    expect(readFileSync(path.join(place.codexHome, 'config.toml'), 'utf8')).toContain('trust_level = "trusted"');
    program.send('\x04');
    await program.exit;
    const again = await opened({ place });
    expect(again.history().join('\n')).not.toContain('brings things of its own');
  });

  it('are left alone by Enter, which loses nothing that was typed before', async () => {
    const place = openPlace();
    write(place.workspace, '.codex/config.toml', 'model_verbosity = "low"\n');
    const server = await serve(() => say('Hello.'));
    const program = tests.open({ place, model: server.url });
    program.send('early');
    await program.waitFor('brings things of its own for codex');
    await movedTo(program, 'y');
    program.send('\x1b[A\r');
    await program.waitForDraft('early');
    expect(
      existsSync(path.join(place.codexHome, 'config.toml')) &&
        readFileSync(path.join(place.codexHome, 'config.toml'), 'utf8'),
    ).not.toContain('trust_level');
  });
});

describe('a picture', () => {
  it('is seen by the model through view_image, inside the sandbox’s rules', async () => {
    const place = openPlace();
    writeFileSync(path.join(place.workspace, 'dot.png'), DOT);
    write(place.workspace, 'no.png', 'text');
    const server = await serve([
      call('view_image', { path: 'dot.png' }),
      call('view_image', { path: 'no.png' }),
      call('view_image', { path: 'gone.png' }),
      say('A dot.'),
    ]);
    const program = await opened({ place, model: server.url });
    await program.enter('what is it');
    await program.waitForLine(/^ {2}A dot\.$/);
    const answer = (request: number) =>
      server.requests[request]?.body.input?.findLast(({ type }) => type === 'function_call_output')?.output;
    expect(answer(1)).toEqual([{ type: 'input_image', image_url: `data:image/png;base64,${DOT.toString('base64')}` }]);
    expect(String(answer(2))).toContain('is no picture that a model can see');
    expect(String(answer(3))).toContain('No such file or directory');
  });

  it('goes with a prompt of codex exec, and is in the record for the next one', async () => {
    const place = openPlace();
    const file = path.join(place.workspace, 'dot.png');
    writeFileSync(file, DOT);
    const server = await serve(() => say('A dot.'));
    const run = tests.open({ place, model: server.url, args: ['exec', '-i', file, 'what is it'] });
    expect((await run.exit).code).toBe(0);
    const image = { type: 'input_image', image_url: `data:image/png;base64,${DOT.toString('base64')}` };
    const message = { role: 'user', content: [{ type: 'input_text', text: 'what is it' }, image] };
    expect(server.requests[0]?.body.input?.at(-1)).toMatchObject(message);
    const again = tests.open({ place, model: server.url, args: ['exec', 'resume', '--last', 'and now'] });
    expect((await again.exit).code).toBe(0);
    expect(server.requests[1]?.body.input?.[0]).toMatchObject(message);
    expect(server.requests[1]?.body.input).toHaveLength(3);
  });
});

describe('a hook', () => {
  const config = (place: Place, hook: string) =>
    `[[hooks.PreToolUse]]\nmatcher = "Bash"\nhooks = [{ type = "command", command = "${hook}" }]\n` +
    `[[hooks.Stop]]\nhooks = [{ type = "command", command = "cat > ${place.home}/stopped" }]\n`;

  it('may say no before a command runs, with a reason that the model is told', async () => {
    const place = openPlace();
    const server = await serve([call('exec_command', { cmd: 'touch made' }), say('Then not.')]);
    const hook = 'echo not today >&2; exit 2';
    const program = await opened({ place, model: server.url, config: config(place, hook) });
    await program.enter('make it');
    await program.waitForLine(/^ {2}Then not\.$/);
    expect(existsSync(path.join(place.workspace, 'made'))).toBe(false);
    const told = server.requests[1]?.body.input?.at(-1)?.output;
    expect(String(told)).toContain('a hook forbids it: not today');
    await eventually(() => existsSync(`${place.home}/stopped`), 'the end of the turn is told');
    await eventually(() => readFileSync(`${place.home}/stopped`, 'utf8').includes('Then not.'), 'and what was said');
  });

  it('that is broken is told of once, and stops nothing', async () => {
    const place = openPlace();
    const server = await serve([
      call('exec_command', { cmd: 'echo one' }),
      call('exec_command', { cmd: 'echo two' }),
      say('Done.'),
    ]);
    const program = await opened({ place, model: server.url, config: config(place, 'exit 7') });
    await program.enter('go');
    await program.waitForLine(/^ {2}Done\.$/);
    await program.waitForLine(/^ {2}two$/);
    const told = program.history().filter((line) => line.includes('did not work'));
    expect(told).toHaveLength(1);
  });

  it('is not asked about what the person runs', async () => {
    const place = openPlace();
    const server = await serve([say('x')]);
    const program = await opened({ place, model: server.url, config: config(place, 'exit 2') });
    await program.enter('! touch made');
    await program.waitForLine(/^✓ touch made/);
    expect(existsSync(path.join(place.workspace, 'made'))).toBe(true);
  });
});
