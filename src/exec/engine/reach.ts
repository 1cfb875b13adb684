// Which host processes belong to an attempt, and how is exactly the right one signalled?

import { allProcesses, childrenOf, isAlive, pidNamespaceOf, processFacts } from './proc.ts';
import type { SandboxStatus } from './sandbox-status.ts';

/**
 * An attempt's processes. `sandboxed`: our child is bubblewrap's monitor, the init below it is pid 1 inside, and the
 * command is the init's only child. `bare`: our child is the command and leads its own session.
 */
export type ProcessRoot =
  | { readonly kind: 'sandboxed'; readonly monitor: number; readonly status: () => SandboxStatus }
  | { readonly kind: 'bare'; readonly leader: number };

/** Who was forked while the others were being stopped is found by the next look. */
const STOP_ROUNDS = 4;

/** The host pid of the command, null while the sandbox is still being built or when it is gone. */
export function commandOf(root: ProcessRoot): number | null {
  if (root.kind === 'bare') return root.leader;
  const init = initOf(root);
  return init === null ? null : (childrenOf(init)[0] ?? null);
}

/** The group that a Ctrl-C in the command's terminal reaches, null when there is none (yet). */
export function foregroundGroupOf(root: ProcessRoot): number | null {
  const command = commandOf(root);
  const group = command === null ? -1 : (processFacts(command)?.foregroundGroup ?? -1);
  return group > 1 ? group : null;
}

/**
 * The group of a command without a terminal: behind bubblewrap that of the init, which is no group member to worry
 * about (pid 1 ignores what it has no handler for); the monitor is in another group.
 */
export function groupOf(root: ProcessRoot): number | null {
  if (root.kind === 'bare') return root.leader;
  const command = commandOf(root);
  const facts = command === null ? null : processFacts(command);
  return facts !== null && facts.group > 1 ? facts.group : null;
}

/** False when there is nobody to signal. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  return send(-group, signal);
}

/**
 * Ends everything at once: the kernel takes the whole pid namespace along with its init. False while there is nobody
 * to kill yet. The monitor is never killed first: until it has let its child go on, that child waits for it and for
 * nothing else, and would wait for ever (bubblewrap 0.8.0, as an ordinary user).
 */
export function killAll(root: ProcessRoot): boolean {
  if (root.kind === 'sandboxed') {
    const init = initOf(root);
    const inits = init === null ? childrenOf(root.monitor) : [init];
    return inits.map((pid) => send(pid, 'SIGKILL')).includes(true);
  }
  // Stopped first: nobody forks any more, and no parent ends by itself because its child did.
  const members = new Set<number>();
  for (let round = 0; round < STOP_ROUNDS; round++) {
    const others = membersOf(root.leader).filter((pid) => !members.has(pid));
    if (others.length === 0) break;
    for (const pid of others) {
      members.add(pid);
      send(pid, 'SIGSTOP');
    }
  }
  for (const pid of members) send(pid, 'SIGKILL');
  return true;
}

/** After our child ended: whatever it left behind, without touching its own number, which may be another's by now. */
export function killLeftovers(root: ProcessRoot): void {
  if (root.kind === 'bare') killAll(root);
  else {
    const init = initOf(root);
    if (init !== null) send(init, 'SIGKILL');
  }
}

/** Processes of the attempt that still live: what must be none after a kill. */
export function survivorsOf(root: ProcessRoot): readonly number[] {
  if (root.kind === 'bare') return membersOf(root.leader);
  const init = initOf(root);
  return [root.monitor, ...(init === null ? [] : [init])].filter(isAlive);
}

/** The init, if that number still means it: a pid namespace's inode tells a reused pid apart. */
function initOf(root: Extract<ProcessRoot, { kind: 'sandboxed' }>): number | null {
  const init = root.status().init;
  if (init === null) return null;
  const namespace = pidNamespaceOf(init.pid);
  const isIt =
    namespace !== null && init.pidNamespace !== null
      ? namespace === init.pidNamespace
      : processFacts(init.pid)?.parent === root.monitor;
  return isIt ? init.pid : null;
}

/** Everything in the leader's session or below it. */
function membersOf(leader: number): readonly number[] {
  const all = allProcesses().filter((facts) => facts.state !== 'Z' && facts.state !== 'X');
  const members = new Set(all.filter((facts) => facts.session === leader).map((facts) => facts.pid));
  // Our child may not have come to making its session yet.
  if (all.some((facts) => facts.pid === leader && facts.parent === process.pid)) members.add(leader);
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const facts of all) if (members.has(facts.parent)) members.add(facts.pid);
  }
  return [...members];
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // ESRCH: it ended meanwhile. EPERM: it became another user's, nothing we may do.
  }
}
