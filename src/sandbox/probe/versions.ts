// Which options of bubblewrap a launch uses, and which version has them all.

/** Without these no launch is possible. First releases as in the tagged sources; the last one decides. */
const needed: readonly (readonly [option: string, since: string])[] = [
  ['--args', '0.1.0'],
  ['--seccomp', '0.1.0'],
  ['--remount-ro', '0.1.3'],
  ['--new-session', '0.1.7'],
  ['--die-with-parent', '0.1.8'],
  ['--cap-add', '0.2.0'],
  ['--json-status-fd', '0.3.2'],
];

export const neededVersion = '0.3.2';

/** These are done without where they are missing. */
const helpful: readonly (readonly [option: string, without: string])[] = [
  ['--perms', 'closed folders look empty instead'],
];

/** What the help of a bubblewrap lists. Distributions add options to older versions, so the number does not tell. */
export function optionsIn(help: string): string[] {
  return [...new Set(help.match(/--[a-z][a-z0-9-]+/g) ?? [])];
}

/** The options that are missing, with the version each came with; empty when it will do. */
export function missingOptions(options: readonly string[]): string[] {
  return needed.filter(([option]) => !options.includes(option)).map(([option, since]) => `${option} (since ${since})`);
}

/** What is done without, in words; empty for a recent one. */
export function worksWithout(options: readonly string[]): string {
  const missing = helpful.filter(([option]) => !options.includes(option));
  return missing.map(([option, without]) => `, without ${option}: ${without}`).join('');
}

/** The number in `bubblewrap 0.8.0`; builds of others print words only, which do as well. */
export function versionIn(text: string): string {
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? (text.trim().slice(0, 80) || 'of unknown version');
}
