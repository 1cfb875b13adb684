// What `codex doctor` prints: checks as rows, each problem with its next step, or the same as JSON.

import type { Problem } from '../../problem/index.ts';

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface DoctorSection {
  readonly name: string;
  readonly checks: readonly DoctorCheck[];
  readonly problems: readonly Problem[];
}

/** The report as text for a person. Words carry the verdict, so it reads the same without colour. */
export function doctorText(version: string, sections: readonly DoctorSection[]): string {
  const lines = [`codex ${version}`, ''];
  for (const { name, checks, problems } of sections) {
    lines.push(name);
    for (const check of checks)
      lines.push(`  ${check.ok ? 'ok ' : 'no '} ${check.name}${check.detail === '' ? '' : `: ${check.detail}`}`);
    for (const { what, why, next } of problems) {
      lines.push(`  ${what}`);
      if (why !== '') lines.push(`    Why   ${why}`);
      if (next !== '') lines.push(`    Next  ${next}`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

export function doctorJson(version: string, sections: readonly DoctorSection[]): string {
  return `${JSON.stringify({ version, ok: isHealthy(sections), sections }, null, 2)}\n`;
}

/** Whether commands can run here. Configuration warnings do not make a machine unhealthy. */
export function isHealthy(sections: readonly DoctorSection[]): boolean {
  return sections.every(({ checks }) => checks.every(({ ok }) => ok));
}
