import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDescriptorTable } from '../../../src/exec/engine/descriptors.ts';
import { bundleProgram } from '../bundled.ts';
import { openPlace, PIPES, PTY, UNSANDBOXED } from '../running.ts';

/** Lists the command's own descriptors without opening one for the listing. */
const LIST = 'for n in {0..300}; do [ -e /proc/$$/fd/$n ] && echo "fd $n"; done; true';
const ONLY_STANDARD = ['fd 0', 'fd 1', 'fd 2'];

const place = openPlace();
let program = '';
beforeAll(async () => {
  program = await bundleProgram('engine-host');
});
afterAll(async () => {
  rmSync(program, { force: true });
  await place.close();
});

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

describe('a command sees 0, 1 and 2 and nothing else', () => {
  for (const [stdioName, stdio] of [
    ['on a terminal', PTY],
    ['on pipes', PIPES],
  ] as const) {
    for (const [sandboxName, profile] of [
      ['sandboxed', place.workspace],
      ['unsandboxed', UNSANDBOXED],
    ] as const) {
      it(`${sandboxName}, ${stdioName}, with four other terminals open`, async () => {
        const others = await Promise.all(
          [place.workspace, UNSANDBOXED, place.workspace, UNSANDBOXED].map((other) =>
            place.start(['cat'], { stdio: PTY, profile: other }),
          ),
        );
        const { told } = await place.start(['bash', '-c', LIST], { stdio, profile });
        await told.closed;
        expect(lines(told.text())).toEqual(ONLY_STANDARD);
        for (const { process } of others) process.endInput();
        for (const other of others) expect((await other.told.closed).exit).toEqual({ kind: 'code', code: 0 });
      });

      it(`${sandboxName}, ${stdioName}, when the program itself was started with strays`, () => {
        const env = {
          ...process.env,
          HOST_FOLDER: place.folder,
          HOST_COMMANDS: JSON.stringify([LIST]),
          HOST_STDIO: stdio.kind,
          HOST_UNSANDBOXED: profile === UNSANDBOXED ? 'yes' : 'no',
        };
        const script = 'exec 251</etc/passwd 40</etc/hosts 7</etc/group; exec node "$0"';
        const text = execFileSync('bash', ['-c', script, program], { env, encoding: 'utf8' });
        expect(lines(text)).toEqual(ONLY_STANDARD);
      });
    }
  }
});

describe('strays of a careless parent', () => {
  it('are closed once by the program that asks for it, its own channel excepted', () => {
    const env = {
      ...process.env,
      HOST_FOLDER: place.folder,
      HOST_COMMANDS: '["true"]',
      HOST_CLOSES: 'yes',
      LISTEN_FDS: '',
    };
    const script = 'exec 251</etc/passwd 252</etc/hosts 253</etc/group; exec node "$0"';
    const text = execFileSync('bash', ['-c', script, program], {
      env: { ...env, NODE_CHANNEL_FD: '' },
      encoding: 'utf8',
    });
    expect(text).toMatch(/^closed 251 252 253/m);
  });

  it('are no longer covered when somebody closed them, because the number may be in use again', () => {
    const table = openDescriptorTable();
    const descriptor = openSync('/etc/passwd', 'r');
    table.adopt(descriptor);
    expect(table.leaking()).toContain(descriptor);
    table.release(descriptor);
    expect(table.leaking()).not.toContain(descriptor);
    closeSync(descriptor);
    table.dispose();
  });
});
