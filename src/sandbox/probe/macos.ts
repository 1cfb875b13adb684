// Whether commands can be sandboxed on this Mac.

import * as fs from 'node:fs';
import { type Diagnosis, diagnosis, nothingRuns } from './diagnosis.ts';
import type { HostProbe, ProbeCheck } from './host.ts';
import { type Trial, tryProgram } from './trial.ts';

// By its full path: what PATH finds could be anything.
const sandboxExec = '/usr/bin/sandbox-exec';

export async function probeMacos(): Promise<HostProbe> {
  const [trial, cache] = await Promise.all([
    tryProgram(sandboxExec, ['-p', '(version 1)(allow default)', '--', '/usr/bin/true'], null),
    tryProgram('/usr/bin/getconf', ['DARWIN_USER_CACHE_DIR'], null),
  ]);
  const id = 'sandbox.seatbelt';
  if (trial.code !== 0) {
    const problem = diagnoseSeatbelt(trial, process.env.CODEX_SANDBOX);
    const check: ProbeCheck = { id, status: 'failed', detail: heardFrom(trial), diagnosis: problem };
    return { ready: false, problem, checks: [check] };
  }
  const folder = cache.code === 0 ? cache.stdout.trim().replace(/\/$/, '') : '';
  // The policy compares real paths, and /var is a link.
  const userCacheDir = folder === '' || !fs.existsSync(folder) ? null : fs.realpathSync.native(folder);
  const check: ProbeCheck = { id, status: 'ok', detail: `${sandboxExec} ran a command`, diagnosis: null };
  return { ready: true, facts: { platform: 'darwin', sandboxExec, userCacheDir }, checks: [check] };
}

/** `outer` is CODEX_SANDBOX, which codex sets for commands it runs under Seatbelt. */
export function diagnoseSeatbelt(trial: Trial, outer: string | undefined): Diagnosis {
  if (trial.stderr.includes('sandbox_apply')) {
    return diagnosis({
      cause: 'macos_nested',
      what: nothingRuns,
      explanation: 'codex itself runs inside a sandbox, and macOS does not nest them.',
      proof: `${outer === undefined ? '' : `CODEX_SANDBOX=${outer}; `}${heardFrom(trial)}`,
      fixes: [
        {
          step: 'Start codex outside that sandbox, from a terminal of your own.',
          cost: 'what codex itself does is then held by your own rights only; commands get a sandbox each.',
        },
        {
          step: 'Put default_permissions = ":external" at the top of config.toml: the sandbox around codex is the sandbox.',
          cost: 'commands may do whatever that sandbox lets codex do.',
        },
      ],
    });
  }
  return diagnosis({
    cause: 'unknown',
    what: nothingRuns,
    explanation: `${sandboxExec} failed: ${heardFrom(trial)}`,
    proof: 'none of the known causes fits; nothing worked before it.',
    fixes: [
      { step: 'Report it with the output of: codex doctor --json', cost: 'none; until it is solved no command runs.' },
    ],
  });
}

function heardFrom(trial: Trial): string {
  return trial.stderr.trim() || trial.error || `exit ${trial.code ?? 'by a signal'}`;
}
