// Does the port of one attempt open anything for another one that was not told it?

import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bundleProgram } from '../exec/bundled.ts';

it('a command that looks for all ports of the loopback is served as itself only', async () => {
  const program = await bundleProgram('engine-host');
  const folder = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-attack-'));
  try {
    const granted = 'touch ready; until [ -e done ]; do sleep 0.05; done # granted';
    const scan =
      'until [ -e ready ]; do sleep 0.05; done; while read -r _ local _ state _; do [ "$state" = 0A ] || continue; exec 8<>/dev/tcp/127.0.0.1/$((16#$(echo $local | cut -d: -f2))) && cat <&8; exec 8<&-; done < <(cat /proc/net/tcp); touch done';
    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        HOST_FOLDER: folder,
        HOST_STDIO: 'pipe',
        HOST_PROXY: 'yes',
        HOST_COMMANDS: JSON.stringify([granted, scan]),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(printed).not.toContain(`served ${granted.length}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(program, { force: true });
  }
});
