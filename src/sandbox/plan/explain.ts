// What does each part of a launch do? For a person who wants to know before it happens.

import { assertNever } from '../../problem/index.ts';
import type { LaunchPlan } from './plan.ts';

/** One part as it is passed, and what it is for. */
export interface ExplainedPart {
  readonly part: string;
  readonly meaning: string;
}

/** How many words follow an option of bubblewrap, and what the whole does. */
const BUBBLEWRAP: Readonly<Record<string, readonly [count: number, meaning: (words: readonly string[]) => string]>> = {
  '--unshare-user': [0, () => 'a user namespace, which the others need'],
  '--unshare-all': [0, () => 'processes, network, IPC, host name and cgroups of its own'],
  '--unshare-pid': [0, () => 'sees its own processes only, and all of them end with it'],
  '--unshare-ipc': [0, () => 'shares no memory or semaphores with others'],
  '--unshare-uts': [0, () => 'a host name of its own'],
  '--unshare-cgroup-try': [0, () => 'cgroups of its own, where the kernel has them'],
  '--unshare-net': [0, () => 'an empty network: its own loopback answers, nothing else does'],
  '--share-net': [0, () => 'the network it is started in'],
  '--new-session': [0, () => 'cannot type into your terminal'],
  '--die-with-parent': [0, () => 'ends with this program, however that ends'],
  '--cap-drop': [1, () => 'no capabilities'],
  '--cap-add': [1, ([name]) => `but ${name ?? ''}, for unpacking archives and changing owners`],
  '--bind': [2, ([, place]) => `${place ?? ''} can be written`],
  '--ro-bind': [
    2,
    ([source, place]) => (source === '/dev/null' ? `${place ?? ''} is closed` : `${place ?? ''} is read-only`),
  ],
  '--dev': [1, () => 'a /dev with null, zero, random and terminals of its own'],
  '--proc': [1, () => 'a /proc with its own processes'],
  '--tmpfs': [1, ([place]) => `${place ?? ''} is empty, and in memory`],
  '--perms': [1, ([mode]) => `the next folder has mode ${mode ?? ''}`],
  '--symlink': [2, ([target, place]) => `${place ?? ''} leads to ${target ?? ''}`],
  '--remount-ro': [1, ([place]) => `${place ?? ''} cannot be written from here on`],
  '--chdir': [1, ([place]) => `starts in ${place ?? ''}`],
};

/** The parts of a launch in the order in which they take effect. */
export function explainLaunch(plan: LaunchPlan): readonly ExplainedPart[] {
  switch (plan.backend) {
    case 'none':
      return [{ part: '(no sandbox)', meaning: 'the command runs as you' }];
    case 'seatbelt':
      return [
        { part: plan.program, meaning: 'the sandbox of macOS, with this policy' },
        ...plan.options.map((part) => ({ part, meaning: '' })),
      ];
    case 'bubblewrap':
      return [
        { part: plan.program, meaning: 'bubblewrap makes the sandbox' },
        ...explainOptions(plan.options),
        { part: `--seccomp (${plan.filter.length / 8} instructions)`, meaning: FILTER },
      ];
    default:
      return assertNever(plan);
  }
}

const FILTER =
  'no typing into terminals, no unix sockets unless listed, no io_uring, no kernel keys, no namespaces, no mounts';

function explainOptions(options: readonly string[]): ExplainedPart[] {
  const parts: ExplainedPart[] = [];
  for (let at = 0; at < options.length; ) {
    const option = options[at] ?? '';
    const [count, meaning] = BUBBLEWRAP[option] ?? [0, () => ''];
    const words = options.slice(at + 1, at + 1 + count);
    parts.push({ part: [option, ...words].join(' '), meaning: meaning(words) });
    at += 1 + count;
  }
  return parts;
}
