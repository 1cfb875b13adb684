// Does codex itself run a program, or load a library, that a command could have put there?

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openPlace, PIPES } from '../exec/running.ts';
import { openAttacked } from './attacked.ts';

const fake = (home: string, real: string) => `#!/bin/sh\necho run > ${home}/escaped; exec ${real} "$@"\n`;

it.each(['stat', 'flock', 'rmdir', 'bash', 'nsenter'])('%s from a folder of PATH in the workspace', async (name) => {
  using place = openAttacked();
  const bin = place.folder('workspace/.venv/bin');
  const toml =
    '[permissions.net]\nextends = ":workspace"\n[permissions.net.network]\ndomains = { "example.com" = "allow" }\n';
  place.file('home/.codex/config.toml', toml);
  const env = { PATH: `${bin}:/usr/bin:/bin`, SCRIPT: fake(place.home, `/usr/bin/${name}`) };
  const put = `printf %s "$SCRIPT" > ${bin}/${name}; chmod +x ${bin}/${name}`;
  await place.sandbox(['--', 'sh', '-c', put], { env });
  await place.sandbox(['-P', 'net', '--', 'true'], { env });
  expect(readdirSync(place.home)).toEqual(['.codex']);
});

it('bubblewrap itself from a folder of PATH below /tmp', async () => {
  using place = openAttacked();
  using temporary = openAttacked('/tmp');
  const bin = temporary.workspace;
  const env = { PATH: `${bin}:/usr/bin:/bin`, SCRIPT: fake(place.home, '/usr/bin/bwrap') };
  await place.sandbox(['--', 'sh', '-c', `printf %s "$SCRIPT" > ${bin}/bwrap; chmod +x ${bin}/bwrap`], { env });
  await place.sandbox(['--', 'true'], { env });
  expect(readdirSync(place.home)).toEqual(['.codex']);
});

it("bubblewrap's loader obeys none of the command's variables: LD_LIBRARY_PATH of a project is where commands write", async () => {
  using outside = openAttacked();
  const place = openPlace();
  try {
    const said = { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: path.join(outside.home, 'seen') };
    // The loader writes its file where the command itself could not.
    const { told } = await place.start(['true'], { stdio: PIPES, env: { PATH: '/usr/bin:/bin', ...said } });
    await told.closed;
  } finally {
    await place.close();
  }
  expect(readdirSync(outside.home)).toEqual(['.codex']);
});
