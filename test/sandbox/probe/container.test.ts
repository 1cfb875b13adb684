// Which container is recognised, and how its next start is told.

import { describe, expect, it } from 'vitest';
import {
  type ContainerSigns,
  containerAround,
  containerFix,
  type Obstacle,
} from '../../../src/sandbox/probe/container.ts';

const nowhere: ContainerSigns = { exists: () => false, groups: '0::/init.scope\n', isKubernetes: false };

describe('a container', () => {
  it.each<[string, Partial<ContainerSigns>, string]>([
    ['docker', { exists: (file) => file === '/.dockerenv' }, 'docker run'],
    ['podman', { exists: (file) => file === '/run/.containerenv' }, 'podman run'],
    ['kubernetes', { isKubernetes: true, exists: (file) => file === '/.dockerenv' }, 'In the pod'],
    ['a pod by its group', { groups: '1:name=systemd:/kubepods/burstable/pod1/docker-2\n' }, 'In the pod'],
    ['docker by its group', { groups: '4:memory:/docker/0123\n' }, 'docker run'],
    ['another one, told in the words of docker', { groups: '0::/lxc/box\n' }, 'docker run'],
  ])('%s is recognised', (_, signs, start) => {
    const container = containerAround({ ...nowhere, ...signs });
    expect(container?.mark).toMatch(/exists|is set|process 1/);
    for (const obstacle of ['seccomp', 'mounts', 'capabilities'] satisfies Obstacle[]) {
      expect(containerFix(container, obstacle).step).toMatch(new RegExp(`^${start}`));
    }
    expect(containerFix(container, 'proc').step).toMatch(/systempaths|unmask|procMount/);
  });

  it('is not seen where there is none', () => {
    expect(containerAround(nowhere)).toBeNull();
  });
});
