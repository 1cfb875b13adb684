// What does a peer learn of this machine?

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { type Capabilities, type EnvironmentInfo, NO_CAPABILITIES } from '../protocol/messages.ts';
import { pathUri } from '../protocol/path-uri.ts';
import type { Variables } from '../shell-environment.ts';

/** What this server does by itself: nothing of it is said of a method that another part has to bring. */
const OWN_CAPABILITIES: Partial<Capabilities> = { terminalResize: true, denialDetails: true };

export interface EnvironmentFacts {
  readonly env: Variables;
  /** Where the server was started. */
  readonly cwd: string;
  readonly version: string;
  /** What the other parts bring. */
  readonly capabilities: Partial<Capabilities>;
}

export function environmentInfo({ env, cwd, version, capabilities }: EnvironmentFacts): EnvironmentInfo {
  const { TMPDIR: temporary = '' } = env;
  return {
    shell: loginShell(env),
    executorVersion: version,
    providerId: `sha256:${createHash('sha256')
      .update(`${machineId()} ${process.getuid?.() ?? 0}`)
      .digest('hex')}`,
    cwd: pathUri(cwd),
    userHomeDir: pathUri(homeFolder(env)),
    platformOs: process.platform === 'darwin' ? 'macos' : 'linux',
    prependPathDirs: [],
    temporaryDirectories: path.isAbsolute(temporary) ? [pathUri(temporary)] : [],
    tempDir: pathUri(tmpdir()),
    capabilities: { ...NO_CAPABILITIES, ...OWN_CAPABILITIES, ...capabilities },
  };
}

export function homeFolder(env: Variables): string {
  const { HOME: home = '' } = env;
  return path.isAbsolute(home) ? home : homedir();
}

/** Of the account; a container's user may be in no list, and then the variable says it. */
function loginShell(env: Variables): EnvironmentInfo['shell'] {
  const named = accountShell() ?? env.SHELL ?? '';
  const shell = path.isAbsolute(named) ? named : '/bin/sh';
  return { name: path.basename(shell), path: shell };
}

function accountShell(): string | null {
  try {
    return userInfo().shell;
  } catch {
    return null; // No entry for this uid.
  }
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return hostname(); // macOS, and some containers.
  }
}
