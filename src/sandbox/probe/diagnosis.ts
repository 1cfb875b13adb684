// What is told about a sandbox that cannot start: one cause, what proves it, and what to type, the narrowest first.

import type { Problem } from '../../problem/index.ts';

/** Stable names, for scripts that read `codex doctor --json`. */
export type CauseId =
  | 'apparmor_userns'
  | 'bubblewrap_capabilities'
  | 'bubblewrap_missing'
  | 'bubblewrap_setuid'
  | 'bubblewrap_too_old'
  | 'chroot'
  | 'container_capabilities'
  | 'container_mounts'
  | 'container_seccomp'
  | 'kernel_without_seccomp'
  | 'kernel_without_userns'
  | 'macos_nested'
  | 'namespace_limit'
  | 'namespaces_exhausted'
  | 'proc_covered'
  | 'proc_missing'
  | 'program_not_executable'
  | 'program_untrusted'
  | 'resource_limit'
  | 'seccomp_refused'
  | 'setsid_missing'
  | 'unknown'
  | 'unmapped_user'
  | 'unsupported_platform'
  | 'unsupported_processor'
  | 'userns_disabled'
  | 'wsl1';

/** One way out. */
export interface Fix {
  /** What to type; in words where nothing can be typed. */
  readonly step: string;
  /** What else it changes, and for whom. */
  readonly cost: string;
}

export interface Finding {
  readonly cause: CauseId;
  readonly what: string;
  /** How the cause leads to the failure, in a sentence or two. */
  readonly explanation: string;
  /** The file and its value, or what was tried and what it said. */
  readonly proof: string;
  /** The narrowest first. */
  readonly fixes: readonly [Fix, ...Fix[]];
}

/** A finding that can also be shown wherever a problem is. */
export interface Diagnosis extends Finding, Problem {}

/** The sentence for a machine on which no sandbox starts. */
export const nothingRuns = 'Commands cannot be sandboxed on this machine, so none was run.';

export function diagnosis(finding: Finding): Diagnosis {
  const [first, ...others] = finding.fixes;
  const next = [...linesOf(first), ...others.flatMap((fix) => linesOf(fix, 'Or: '))];
  return { ...finding, why: `${finding.explanation}\nFound by: ${finding.proof}`, next: next.join('\n') };
}

/** The step has a line of its own, so that it can be copied. */
function linesOf({ step, cost }: Fix, label = ''): string[] {
  return [`${label}${step}`, `Cost: ${cost}`];
}

/** The same for somebody who is root already: containers often have no sudo. */
export function forUser(finding: Finding, uid: number): Finding {
  if (uid !== 0) return finding;
  const plain = ({ step, cost }: Fix): Fix => ({ step: step.replaceAll('sudo ', ''), cost });
  const [first, ...others] = finding.fixes;
  return { ...finding, fixes: [plain(first), ...others.map(plain)] };
}
