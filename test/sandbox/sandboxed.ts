// Runs a command for real under a bound profile, the way the engine would, and returns what it printed.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  type BindContext,
  type BoundProfile,
  bindProfile,
  builtInProfile,
  type Grant,
  type HostFacts,
  type NamedProfile,
  type PathFacts,
  planLaunch,
  probeHost,
} from '../../src/sandbox/index.ts';

export type LinuxFacts = Extract<HostFacts, { platform: 'linux' }>;

/** Somebody without any rights of their own: `nobody`. */
export const otherUid = 65534;

export const isRoot = process.getuid?.() === 0;

/** As whom a test runs: as ourselves, and where that is root as an ordinary user too. */
export const users: readonly { readonly name: string; readonly uid: number }[] = isRoot
  ? [
      { name: 'root', uid: 0 },
      { name: 'an ordinary user', uid: otherUid },
    ]
  : [{ name: 'an ordinary user', uid: process.getuid?.() ?? 0 }];

export async function linuxFacts(uid: number): Promise<LinuxFacts> {
  const probe = await probeHost({ path: process.env.PATH ?? '/usr/bin:/bin', writableRoots: [] });
  if (!probe.ready) throw new Error(`${probe.problem.what} ${probe.problem.why}`);
  if (probe.facts.platform !== 'linux') throw new Error('these tests run bubblewrap');
  return { ...probe.facts, uid, procMasks: uid === 0 ? probe.facts.procMasks : [] };
}

/** A folder outside every temp folder a profile opens, that everybody may search, removed at the end. */
export interface Place extends Disposable {
  readonly path: string;
  folder(name: string): string;
}

export function openPlace(uid: number): Place {
  const place = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-sandbox-test-'));
  const give = (folder: string): string => {
    if (isRoot && uid !== 0) chownSync(folder, uid, uid);
    return folder;
  };
  const own = (name: string): string => {
    let folder = place;
    for (const part of name.split('/')) {
      folder = path.join(folder, part);
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      give(folder);
    }
    return folder;
  };
  chmodSync(place, 0o755);
  own('.');
  return { path: place, folder: own, [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true }) };
}

/** A bound profile that opens nothing, for tests that say what they add. */
export const nothingOpen: Extract<BoundProfile, { type: 'managed' }> = {
  type: 'managed',
  name: 'dev',
  readsEverything: true,
  writableRoots: [],
  denied: [],
  hidden: [],
  readable: [],
  links: [],
  deniedPatterns: [],
  absentNames: [],
  guardedLinks: [],
  keptFolder: null,
  network: 'restricted',
  proxy: null,
  localBinding: true,
  localPorts: [],
  unixSockets: [],
  deniedUnixSockets: [],
  allUnixSockets: false,
};

export function contextOf(workspace: string, more: Partial<BindContext> = {}): BindContext {
  return {
    workspaceRoots: [workspace],
    home: '/nonexistent',
    tmpdir: null,
    codexHome: '/nonexistent/codex',
    runtimeFolders: [],
    ...more,
  };
}

export function bound(
  workspace: string,
  options: {
    profile?: NamedProfile;
    grants?: readonly Grant[];
    context?: Partial<BindContext>;
    facts?: PathFacts;
  } = {},
): BoundProfile {
  const profile = options.profile ?? builtInProfile(':workspace');
  const result = bindProfile(profile, options.grants ?? [], contextOf(workspace, options.context), options.facts);
  if (!result.ok) throw new Error(`${result.problem.what} ${result.problem.why}`);
  // Nobody holds a folder in their place here.
  return result.value.type === 'managed' ? { ...result.value, absentNames: [] } : result.value;
}

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly stdout: string;
  readonly bytes: Buffer;
}

/** Runs `argv` with `cwd` under `profile`, without input, and waits for its end. */
export async function runUnder(
  profile: BoundProfile,
  cwd: string,
  argv: readonly [string, ...string[]],
  facts: LinuxFacts,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const plan = planLaunch(profile, cwd, facts);
  if (!plan.ok) throw new Error(plan.problem.what);
  if (plan.value.backend !== 'bubblewrap') throw new Error('no sandbox was planned');
  const { program, options, filter } = plan.value;
  const asOther = isRoot && facts.uid !== 0;
  const become = asOther ? ['setpriv', `--reuid=${facts.uid}`, `--regid=${facts.uid}`, '--clear-groups'] : [];
  const [command = program, ...rest] = [...become, program, ...options, '--seccomp', '3', '--', ...argv];
  const child = spawn(command, rest, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C', ...env },
  });
  const chunks: Buffer[] = [];
  const printed: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => {
    chunks.push(bytes);
    printed.push(bytes);
  });
  child.stderr?.on('data', (bytes: Buffer) => chunks.push(bytes));
  const feed = child.stdio[3];
  if (feed !== null && feed !== undefined && 'end' in feed) {
    feed.on('error', () => {});
    feed.end(filter);
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve(exit ?? -1));
  });
  const bytes = Buffer.concat(chunks);
  return { code, bytes, output: bytes.toString('utf8'), stdout: Buffer.concat(printed).toString('utf8') };
}

/** The same with a shell command. */
export function shell(profile: BoundProfile, cwd: string, command: string, facts: LinuxFacts): Promise<Ran> {
  return runUnder(profile, cwd, ['/bin/bash', '-c', command], facts);
}
