// What is mounted where, as this process sees it.

import * as fs from 'node:fs';
import { isWithin } from '../profile/paths.ts';

export interface Mount {
  readonly point: string;
  /** Of this mount, as `rw,nosuid,noexec`. */
  readonly options: readonly string[];
}

/** Fields five and six of /proc/self/mountinfo (proc_pid_mountinfo(5)); empty where there is no /proc. */
export function readMounts(): Mount[] {
  let text: string;
  try {
    text = fs.readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Not mounted, or covered: then nothing is known.
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, , , , point, options] = line.split(' ');
    if (point === undefined || options === undefined) return [];
    return [{ point: point.replaceAll('\\040', ' '), options: options.split(',') }];
  });
}

/** The mount a file lies on: the last one with the longest mount point above it. */
export function mountAbove(file: string, mounts: readonly Mount[]): Mount | null {
  const above = mounts.filter(({ point }) => isWithin(file, point));
  return above.reduce<Mount | null>((best, it) => (it.point.length >= (best?.point.length ?? 0) ? it : best), null);
}
