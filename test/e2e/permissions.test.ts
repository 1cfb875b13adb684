// What may be opened, for how long, and how it is taken back: hosts, rules for good, the list of grants.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, openPlace, type Program, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

const HOST = '127.0.0.2';

async function opened(options: Parameters<typeof tests.open>[0] = {}): Promise<Program> {
  const program = tests.open(options);
  await program.ready();
  return program;
}

/** A server that no command reaches by itself; unless it is said, at an address that is not the command's own. */
async function serve(host = HOST): Promise<number> {
  const server: Server = createServer((request, response) => response.end(`page ${request.url}\n`));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  tests.afterwards(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Enter counts only when the second step could be read: it is pressed again until the step is gone. */
async function confirm(program: Program, step: string): Promise<void> {
  await program.waitFor(step);
  await eventually(
    () => {
      if (!program.text().includes(step)) return true;
      program.send('\r');
      return false;
    },
    `${step} is over`,
    200,
  );
}

/** The list of grants, and back to the composer behind it. */
async function closeList(program: Program): Promise<void> {
  program.send('\x1b');
  await program.waitFor((text) => !text.includes('Permissions ·'));
}

/** Asks through the proxy with nothing but bash. */
function fetching(place: { readonly script: (name: string, text: string) => string }, port: number): void {
  place.script(
    'fetch',
    `#!/bin/bash
exec 8<>/dev/tcp/127.0.0.1/\${http_proxy##*:} || exit 1
printf 'GET http://${HOST}:${port}/%s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' "$1" >&8
answer=$(cat <&8)
echo "\${answer##*$'\\n'}"
[[ $answer == *' 200 '* ]]
`,
  );
}

const PROXIED = `default_permissions = "dev"
# kept
[permissions.dev]
extends = ":workspace"   # kept too
[permissions.dev.network]
domains = { "listed.test" = "allow" }
`;

describe('a host', () => {
  it('that a profile lists is reached, every other is refused and named', async () => {
    const port = await serve();
    const place = openPlace();
    fetching(place, port);
    const program = await opened({ place, config: PROXIED.replace('listed.test', HOST) });
    await program.enter('./fetch one');
    await program.waitForLine(/^ {2}page \/one$/);
    await program.waitFor('listed hosts');
  });

  it('is granted once, and no longer', async () => {
    const port = await serve();
    const place = openPlace();
    fetching(place, port);
    const program = await opened({ place, config: PROXIED });
    await program.enter('./fetch one');
    await program.waitFor(`connect to ${HOST}:${port}`);
    await program.answer('y');
    await program.waitForLine(/^ {2}page \/one$/);
    await program.waitForLine(/exit 0 on attempt 2/);
    await program.enter('./fetch two');
    await program.waitFor('needs your answer');
    await program.answer('n');
    await program.waitForLine(/refused by you: connect to 127\.0\.0\.2/);
  });

  it('is granted for the session, listed with who asked for it, and revoked', async () => {
    const port = await serve();
    const place = openPlace();
    fetching(place, port);
    const program = await opened({ place, config: PROXIED });
    await program.enter('./fetch one');
    await program.answer('s');
    await program.waitForLine(/^ {2}page \/one$/);
    await program.enter('./fetch two');
    await program.waitForLine(/^ {2}page \/two$/);
    await program.enter('/permissions');
    await program.waitFor(new RegExp(`session.*connect to 127\\.0\\.0\\.2:${port}`));
    await program.waitFor('./fetch one');
    program.send('x');
    await program.waitFor('revoked');
    await closeList(program);
    await program.enter('./fetch three');
    await program.waitFor('needs your answer');
    await program.answer('n');
    await program.waitForLine(/refused by you/);
  });

  it('is granted always: written into the configuration, comments kept, and in force in the next session', async () => {
    const port = await serve();
    const place = openPlace();
    fetching(place, port);
    const program = await opened({ place, config: PROXIED });
    await program.enter('./fetch one');
    await program.answer('a');
    await program.waitFor('config.toml');
    await program.waitFor('"127.0.0.2" = "allow"');
    await confirm(program, 'Enter writes it');
    await program.waitForLine(/^ {2}page \/one$/);
    const written = readFileSync(path.join(place.codexHome, 'config.toml'), 'utf8');
    expect(written).toContain('# kept\n');
    expect(written).toContain('extends = ":workspace"   # kept too\n');
    expect(written).toMatch(/"127\.0\.0\.2" = "allow"/);
    const next = await opened({ place });
    await next.enter('./fetch two');
    await next.waitForLine(/^ {2}page \/two$/);
  });
});

describe('a server of this machine', () => {
  const asking = (port: number): string =>
    `exec 8<>/dev/tcp/localhost/${port} && printf 'GET /x HTTP/1.0\\r\\n\\r\\n' >&8 && tail -n 1 <&8`;

  it('is granted once at its port, without a proxy or a network', async () => {
    const port = await serve('127.0.0.1');
    const program = await opened();
    await program.enter(asking(port));
    await program.waitFor(`connect to localhost:${port}, a server of this machine`);
    await program.answer('y');
    await program.waitForLine(/^ {2}page \/x$/);
    await program.enter(asking(port));
    await program.waitFor('needs your answer');
    await program.answer('n');
    await program.waitForLine(/refused by you: connect to localhost/);
  });

  it('does not make Ctrl-C deaf while its way is opened', async () => {
    const port = await serve('127.0.0.1');
    const config = `default_permissions = "p"\n[permissions.p]\nextends = ":workspace"\nnetwork.local_ports = { ${port} = "allow" }\n`;
    const program = await opened({ config });
    for (const n of [1, 2, 3]) {
      await program.enter(`sleep 7${n}`);
      await program.waitFor(new RegExp(`\\d sleep 7${n} · running`));
      program.send('\x03');
      await program.waitForLine(new RegExp(`sleep 7${n} · stopped by you`));
    }
    // Sooner than anything could be started.
    program.send('sleep 74');
    await program.waitForDraft('sleep 74');
    program.send('\r\x03');
    await program.waitFor((text) => !text.includes('1 run') && /^ *── stopped by you/m.test(text));
    await program.enter('echo goes on');
    await program.waitForLine(/^ {2}goes on$/);
  });

  it('comes with the others as a preset, and alone it is written for good', async () => {
    const [one, other] = [await serve('127.0.0.1'), await serve('127.0.0.1')];
    const program = await opened();
    await program.enter(asking(one));
    await program.answer('p');
    await program.waitFor('localhost servers');
    await confirm(program, 'Enter allows all of this');
    await program.waitForLine(/^ {2}page \/x$/);
    await program.enter(`${asking(other)} && echo no question`);
    await program.waitForLine(/^ {2}no question$/);
    const next = await opened({ place: program.place });
    await next.enter(asking(one));
    await next.answer('a');
    await next.waitFor(`${one} = "allow"`);
    await confirm(next, 'Enter writes it');
    await next.waitForLine(/^ {2}page \/x$/);
    const third = await opened({ place: program.place });
    await third.enter(`${asking(one)} && echo no question`);
    await third.waitForLine(/^ {2}no question$/);
  });
});

describe('a folder', () => {
  it('granted always with a built-in profile makes a profile of the person’s own', async () => {
    const program = await opened();
    const { outside, codexHome } = program.place;
    await program.enter(`echo x > ${outside}/made && echo it worked`);
    await program.answer('a');
    await program.waitFor('permissions.mine');
    await confirm(program, 'Enter writes it');
    await program.waitForLine(/^ {2}it worked$/);
    const written = readFileSync(path.join(codexHome, 'config.toml'), 'utf8');
    expect(written).toContain('default_permissions = "mine"');
    expect(written).toContain('extends = ":workspace"');
    const next = await opened({ place: program.place });
    await next.enter(`echo y > ${outside}/again && echo no question`);
    await next.waitForLine(/^ {2}no question$/);
    // Taken back where it was given, it is out of the file as well.
    await program.enter('/permissions');
    await program.waitFor(/always.*write/);
    program.send('x');
    await program.waitFor('no longer allows it');
    expect(readFileSync(path.join(codexHome, 'config.toml'), 'utf8')).not.toContain(outside);
  });

  it('of a package cache comes with its preset, shown in full before it is taken', async () => {
    const place = openPlace();
    mkdirSync(path.join(place.home, '.npm'));
    const program = await opened({ place });
    await program.enter('mkdir -p ~/.npm/_cacache/tmp && echo cached');
    await program.answer('p');
    await program.waitFor('~/.npm');
    await confirm(program, 'Enter allows all of this');
    await program.waitForLine(/^ {2}cached$/);
    await program.enter('touch ~/.npm/more && echo no question');
    await program.waitForLine(/^ {2}no question$/);
  });
});

describe('a session that goes on', () => {
  it('lists what was granted before, and has it only when the person says so', async () => {
    const first = await opened();
    const { outside } = first.place;
    await first.enter(`echo x > ${outside}/one && echo done one`);
    await first.answer('s');
    await first.waitForLine(/^ {2}done one$/);
    first.send('\x04');
    await first.exit;
    const second = await opened({ place: first.place, args: ['resume', '--last'] });
    await second.enter(`echo x > ${outside}/two && echo done two`);
    await second.waitFor('needs your answer');
    await second.answer('n');
    await second.waitForLine(/refused by you/);
    await second.enter('/permissions');
    await second.waitFor('not restored');
    second.send('r');
    await second.waitFor((text) => !text.includes('not restored'));
    await closeList(second);
    await second.enter(`echo x > ${outside}/three && echo done three`);
    await second.waitForLine(/^ {2}done three$/);
  });
});

describe('a profile of the person', () => {
  it('that is wrong stops the start with its line, and names what there is', async () => {
    const program = tests.open({ config: 'default_permissions = "dev"\n[permissions.dev]\nextends = ":workspce"\n' });
    await program.waitFor(/config\.toml:\d: \[permissions\.dev\] it extends ":workspce"/);
    await program.waitFor(':read-only, :workspace');
  });

  it('closes what its patterns match', async () => {
    const place = openPlace();
    writeFileSync(path.join(place.workspace, 'secret.env'), 'TOKEN\n');
    const config =
      'default_permissions = "dev"\n[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem.":workspace_roots"]\n"**/*.env" = "deny"\n';
    const program = await opened({ place, config });
    await program.enter('cat secret.env || echo closed');
    await program.waitFor(/closed/);
    expect(program.text()).not.toContain('TOKEN');
  });
});
