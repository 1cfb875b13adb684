// What `codex doctor` prints: every check with its verdict, each trouble with its fix and cost, or the same as JSON.

export type DoctorStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What is wrong, why, what shows it, and the ways out, the narrowest first. */
export interface DoctorTrouble {
  /** A stable name for scripts. */
  readonly cause: string;
  readonly what: string;
  readonly explanation: string;
  readonly proof: string;
  readonly fixes: readonly { readonly step: string; readonly cost: string }[];
}

export interface DoctorCheck {
  /** A stable name for scripts and for people, as `sandbox.seccomp`. */
  readonly id: string;
  readonly status: DoctorStatus;
  readonly detail: string;
  readonly troubles: readonly DoctorTrouble[];
}

export interface DoctorSection {
  readonly name: string;
  readonly checks: readonly DoctorCheck[];
}

/** Raised when a field changes its meaning or goes; new fields and new checks leave it alone. */
const SCHEMA_VERSION = 1;

/** Width of the longest verdict, and of the longest id. */
const VERDICT_COLUMNS = 'skipped'.length;
const ID_COLUMNS = 'sandbox.user_namespaces'.length;

/** The report as text for a person. Words carry the verdict, so it reads the same without colour. */
export function doctorText(version: string, sections: readonly DoctorSection[]): string {
  const lines = [`codex ${version}: ${verdicts[overallStatus(sections)]}`, ''];
  for (const { name, checks } of sections) lines.push(name, ...checks.flatMap(checkLines), '');
  return withoutControls(lines.join('\n'));
}

/** The report as one document. Every check has every field, null where there is nothing to say. */
export function doctorJson(version: string, generatedAt: Date, sections: readonly DoctorSection[]): string {
  const report = {
    schemaVersion: SCHEMA_VERSION,
    generatedAt: generatedAt.toISOString(),
    codexVersion: version,
    overallStatus: overallStatus(sections),
    checks: Object.fromEntries(sections.flatMap(({ checks }) => checks.map((check) => [check.id, jsonCheck(check)]))),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Whether everything a session needs is there. Warnings do not make a machine unhealthy. */
export function isHealthy(sections: readonly DoctorSection[]): boolean {
  return overallStatus(sections) !== 'failed';
}

const verdicts = {
  ok: 'everything a session needs is there.',
  warning: 'a session works here; see the warnings.',
  failed: 'something a session needs is missing.',
} as const;

function overallStatus(sections: readonly DoctorSection[]): 'ok' | 'warning' | 'failed' {
  const has = (status: DoctorStatus): boolean =>
    sections.some(({ checks }) => checks.some((it) => it.status === status));
  return has('failed') ? 'failed' : has('warning') ? 'warning' : 'ok';
}

function jsonCheck({ status, detail, troubles }: DoctorCheck): Record<string, unknown> {
  const [trouble] = troubles;
  const [fix] = trouble?.fixes ?? [];
  return {
    status,
    detail,
    cause: trouble?.cause ?? null,
    fix: fix?.step ?? null,
    cost: fix?.cost ?? null,
    problems: troubles.map(({ cause, what, explanation, proof, fixes }) => ({
      cause,
      what,
      why: explanation,
      proof,
      fixes: fixes.map(({ step, cost }) => ({ fix: step, cost })),
    })),
  };
}

function checkLines({ id, status, detail, troubles }: DoctorCheck): string[] {
  const head = `  ${status.padEnd(VERDICT_COLUMNS)}  ${id.padEnd(ID_COLUMNS)}  `;
  return [...hanging(head, detail), ...troubles.flatMap(troubleLines)];
}

function troubleLines({ what, explanation, proof, fixes }: DoctorTrouble): string[] {
  const ways = fixes.flatMap(({ step, cost }, index) => [
    ...labelled(index === 0 ? 'Next' : 'Or', step),
    ...labelled('Cost', cost),
  ]);
  return [...labelled('What', what), ...labelled('Why', explanation), ...labelled('Proof', proof), ...ways];
}

function labelled(label: string, text: string): string[] {
  return text === '' ? [] : hanging(`${' '.repeat(VERDICT_COLUMNS + 4)}${label.padEnd(7)}`, text);
}

/** Further lines of a text stand below its first. */
function hanging(head: string, text: string): string[] {
  return text.split('\n').map((line, index) => `${index === 0 ? head : ' '.repeat(head.length)}${line}`.trimEnd());
}

/** What other programs said is shown, not obeyed. */
function withoutControls(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
}
