// Which container is around this program, and how it is started so that a sandbox can be made inside.

import type { Fix } from './diagnosis.ts';

type Engine = 'docker' | 'podman' | 'kubernetes' | 'other';

export interface Container {
  readonly engine: Engine;
  /** What shows that there is one. */
  readonly mark: string;
}

export interface ContainerSigns {
  readonly exists: (file: string) => boolean;
  /** Text of /proc/1/cgroup. */
  readonly groups: string;
  readonly isKubernetes: boolean;
}

/** Null where nothing shows a container, which does not mean that there is none. */
export function containerAround({ exists, groups, isKubernetes }: ContainerSigns): Container | null {
  const group = /kubepods|docker|containerd|libpod|lxc/.exec(groups)?.[0];
  if (isKubernetes) return { engine: 'kubernetes', mark: 'KUBERNETES_SERVICE_HOST is set' };
  if (exists('/run/.containerenv')) return { engine: 'podman', mark: '/run/.containerenv exists' };
  if (exists('/.dockerenv')) return { engine: 'docker', mark: '/.dockerenv exists' };
  return group === undefined
    ? null
    : { engine: engines[group] ?? 'other', mark: `process 1 is in a group of ${group}` };
}

const engines: Readonly<Record<string, Engine>> = { kubepods: 'kubernetes', docker: 'docker', libpod: 'podman' };

/** What keeps a sandbox from being made inside of a container. */
export type Obstacle = 'seccomp' | 'mounts' | 'capabilities' | 'proc';

/** The start that takes one obstacle away; without a known container it is docker's, which the others resemble. */
export function containerFix(container: Container | null, obstacle: Obstacle): Fix {
  return { step: steps[container?.engine ?? 'other'][obstacle], cost: costs[obstacle] };
}

const costs: Readonly<Record<Obstacle, string>> = {
  seccomp: 'every program in this container may make all system calls, not only the usual ones.',
  mounts: 'programs in this container are held by its namespaces and capabilities only, by no filter and no AppArmor.',
  capabilities:
    'programs in this container may make all system calls and are held by no AppArmor profile; they get no rights of root.',
  proc: 'programs in this container see all of /proc and /sys, and its root may change settings of the kernel there.',
};

const engineSteps = (run: string): Record<Obstacle, string> => ({
  seccomp: `${run} --security-opt seccomp=unconfined …`,
  mounts: `${run} --security-opt seccomp=unconfined --security-opt apparmor=unconfined …`,
  capabilities: `${run} --user 1000:1000 --security-opt seccomp=unconfined --security-opt apparmor=unconfined …`,
  proc: `${run} --security-opt ${run.startsWith('podman') ? 'unmask=ALL' : 'systempaths=unconfined'} …`,
});

const steps: Readonly<Record<Engine, Record<Obstacle, string>>> = {
  docker: engineSteps('docker run'),
  podman: engineSteps('podman run'),
  kubernetes: {
    seccomp: 'In the pod, securityContext: { seccompProfile: { type: Unconfined } }',
    mounts:
      'In the pod, securityContext: { seccompProfile: { type: Unconfined }, appArmorProfile: { type: Unconfined } }',
    capabilities:
      'In the pod, securityContext: { runAsUser: 1000, seccompProfile: { type: Unconfined }, appArmorProfile: { type: Unconfined } }',
    proc: 'In the container, securityContext: { procMount: Unmasked }, with hostUsers: false in the pod',
  },
  other: engineSteps('docker run'),
};

/** Never the first answer: then nothing of ours guards anything. */
export const trustTheContainer: Fix = {
  step: 'Put default_permissions = ":external" at the top of config.toml: the container is the sandbox.',
  cost: 'a command may touch everything in this container, and its network.',
};
