// A command that closes its terminal before it ends: our own hang-up must not be what ends it.

import { afterAll, expect, it } from 'vitest';
import { openPlace, PTY, UNSANDBOXED } from '../running.ts';

const place = openPlace();
afterAll(() => place.close());

it('keeps its own exit code, though nobody is left on the terminal while it still runs', async () => {
  const command = ['bash', '-c', 'exec 0<&- 1>&- 2>&-; sleep 0.2; exit 5'];
  for (const profile of [UNSANDBOXED, place.workspace]) {
    const { told } = await place.start(command, { stdio: PTY, profile });
    expect((await told.closed).exit).toEqual({ kind: 'code', code: 5 });
  }
});
