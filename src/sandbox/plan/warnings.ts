// Which words of a profile can a backend not carry out in full? Each is said, with backend and key; none is dropped.

import type { Profile } from '../profile/profile.ts';

/** Sentences for whoever wrote the profile. Empty for built-in profiles. */
export function profileWarnings(profile: Profile, platform: NodeJS.Platform): readonly string[] {
  if (profile.type !== 'managed') return [];
  const { network, entries, globScanMaxDepth } = profile;
  const isLinux = platform === 'linux';
  const backend = isLinux ? 'bubblewrap' : 'Seatbelt';
  const globs = entries.filter(({ path }) => path.type === 'glob');
  const warnings: string[] = [];
  const say = (key: string, what: string) => warnings.push(`${backend}, ${key}: ${what}`);
  if (isLinux && globs.length > 0)
    say('filesystem', 'a pattern closes the files that are there when a command starts, none that is made later.');
  if (
    isLinux &&
    globScanMaxDepth === null &&
    globs.some(({ path }) => path.type === 'glob' && path.pattern.includes('**'))
  )
    say('filesystem.glob_scan_max_depth', 'unsaid, every folder is searched before each command.');
  if (network.allUnixSockets)
    say(
      'network.dangerously_allow_all_unix_sockets',
      'whatever listens on this machine can be asked to act for a command.',
    );
  if (isLinux && network.access === 'enabled' && network.unixSockets.length > 0 && !network.allUnixSockets)
    say(
      'network.unix_sockets',
      'with the whole network open, sockets that are no files (abstract ones) stay open too.',
    );
  return warnings;
}
