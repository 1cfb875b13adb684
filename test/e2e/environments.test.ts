// Commands on other machines: picked by name, drawn like any other, guarded there, and never run elsewhere instead.

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer } from '../exec/environments/places.ts';
import { call, say, startModelServer } from '../support/model-server.ts';
import { codexSays } from '../support/owners.ts';
import { codexProgram, type Place, type Program, programsOfATest, until } from '../support/program.ts';
import { canLogIn, machineBySsh } from './by-ssh.ts';

const tests = programsOfATest();

/** A place whose session can use other machines; `there` is the folder their commands start in. */
function placeWith(toml: (there: string) => string): { place: Place; there: string } {
  const place = tests.place();
  const there = path.join(place.home, 'there');
  mkdirSync(place.codexHome, { recursive: true });
  mkdirSync(there);
  writeFileSync(path.join(place.codexHome, 'environments.toml'), toml(there));
  return { place, there };
}

/** A machine of its own for each session: a server that is a child of it. */
const child = (there: string): string => `
[[environments]]
id = "box"
program = "${codexProgram}"
args = ["exec-server", "--listen", "stdio"]
cwd = "${there}"
`;

async function opened(place: Place, more: Parameters<typeof tests.open>[0] = {}): Promise<Program> {
  const program = tests.open({ ...more, place });
  await program.ready();
  return program;
}

describe('a machine that is named', () => {
  it('runs the command in its own folder, in a pane that says where, with a card for what its sandbox stops', async () => {
    const { place, there } = placeWith(child);
    const program = await opened(place);
    const made = path.join(place.outside, 'made');
    await program.enter(`@box pwd; touch ${made} && echo let through`);
    await program.waitFor('needs your answer');
    expect(program.text()).toMatch(/@box pwd; touch/);
    expect(program.text()).toContain(there.replace(place.home, '~'));
    expect(existsSync(made)).toBe(false);
    await program.answer('y');
    await program.waitForLine(/^ {2}let through$/);
    expect(existsSync(made)).toBe(true);
    expect(program.history().join('\n')).toMatch(/✓ @box pwd; touch .* exit 0 on attempt 2/s);
    // Nothing of it is open here.
    await program.enter(`touch ${made}2 && echo here`);
    await program.waitFor('needs your answer');
    expect(program.text()).not.toMatch(/@box touch/);
    await program.answer('n');
  });

  it('is picked, stands in the status line, keeps its folder, and is gone on with after a resume', async () => {
    const { place, there } = placeWith(child);
    mkdirSync(path.join(there, 'sub'));
    const program = await opened(place);
    await program.enter('/env');
    await program.waitFor(/▸ local +ready · in use/);
    expect(program.text()).toMatch(/box +not used yet/);
    program.send('\x1b[B\r');
    await program.waitFor('@box');
    await program.enter('cd sub');
    await program.waitFor('there/sub');
    await program.enter(`pwd > where; echo noted`);
    await program.waitForLine(/^ {2}noted$/);
    expect(existsSync(path.join(there, 'sub/where'))).toBe(true);
    program.send('\x04');
    await program.exit;
    const next = await opened(place, { args: ['resume', '--last'] });
    await next.waitFor('@box');
    await next.enter('pwd > again; echo again');
    await next.waitForLine(/^ {2}again$/);
    expect(existsSync(path.join(there, 'sub/again'))).toBe(true);
    await next.enter('/env local');
    await next.waitFor((text) => !text.includes('@box ·') && !text.includes('connecting'));
    await next.enter('pwd');
    await next.waitForLine(new RegExp(`^ {2}${place.workspace}$`));
  });

  it('that cannot be reached fails the command, and nothing runs anywhere else', async () => {
    const { place } = placeWith(() => '[[environments]]\nid = "gone"\nurl = "ws://127.0.0.1:1"\n');
    const program = await opened(place);
    await program.enter('@gone touch ran-here');
    await program.waitForLine(/The environment gone cannot be reached\./);
    expect(program.history().join('\n')).toMatch(/@gone touch ran-here · not run/);
    await program.enter('/env gone');
    await program.waitFor('cannot be reached');
    await program.enter('ls; echo listed');
    await program.waitForLine(/^ {2}listed$/);
    expect(existsSync(path.join(place.workspace, 'ran-here'))).toBe(false);
  });

  it('whose server is replaced while a command runs tells so, runs nothing twice, and is used again', async () => {
    const place = tests.place();
    const there = path.join(place.home, 'there');
    mkdirSync(there);
    mkdirSync(place.codexHome);
    const first = await startServer('ws://127.0.0.1:0', there, { ...place.env });
    tests.afterwards(() => first.end());
    writeFileSync(
      path.join(place.codexHome, 'environments.toml'),
      `[[environments]]\nid = "box"\nurl = "${first.url}"\n`,
    );
    const program = await opened(place);
    await program.enter(`@box echo run >> runs; echo began; ${until('never')}`);
    await program.waitFor(/^ {3}began$/m);
    first.child.kill('SIGKILL');
    await new Promise((resolve) => first.child.once('close', resolve));
    const second = await startServer(first.url, there, { ...place.env });
    tests.afterwards(() => second.end());
    await program.waitForLine(/The connection to box was lost while this ran\./);
    await program.enter('@box wc -l runs');
    await program.waitForLine(/^ {2}1 runs$/);
  });
});

describe('a model', () => {
  it('is told of the machines, and picks one by its name', async () => {
    const server = await startModelServer([
      call('exec_command', { cmd: 'pwd', environment_id: 'box' }),
      call('exec_command', { cmd: 'pwd', environment_id: 'nope' }),
      say('Both done.'),
    ]);
    tests.afterwards(() => server.close());
    const { place, there } = placeWith(child);
    const program = await opened(place, { model: server.url });
    await program.enter('look around');
    await program.waitForLine(/^ {2}Both done\.$/);
    const [asked, answered, refused] = server.requests.map(({ body }) => body);
    expect(JSON.stringify(asked?.tools)).toContain('environment_id');
    expect(asked?.instructions).toContain('<environment id="local" primary="true">');
    expect(asked?.instructions).toMatch(/<environment id="box" primary="false">.*(starting|<cwd>)/s);
    const outputOf = (body: typeof asked): string =>
      String(body?.input?.findLast(({ type }) => type === 'function_call_output')?.output);
    expect(outputOf(answered)).toContain(there);
    expect(outputOf(refused)).toContain('unknown turn environment id `nope`');
  });
});

describe('environments.toml', () => {
  it('with a mistake keeps the program from starting, and says where it is', () => {
    const { place } = placeWith(() => '[[environments]]\nid = "a"\n');
    expect(() => codexSays(place, ['--detach', 'true'])).toThrow(/must set exactly one of url or program/);
  });

  it('with a token in it must be closed to others', () => {
    const { place } = placeWith(
      () => '[[environments]]\nid = "a"\nurl = "ws://127.0.0.1:1"\nauth_bearer_token = "t"\n',
    );
    const file = path.join(place.codexHome, 'environments.toml');
    chmodSync(file, 0o644);
    expect(() => codexSays(place, ['--detach', 'true'])).toThrow(/chmod 600/);
  });
});

if (canLogIn) describe('a machine by ssh', machineBySsh);
