// Feeds text to a judge and states what is expected of its verdict.

import { type BoundProfile, type Denial, type OutsideFacts, openDenialJudge } from '../../../src/sandbox/index.ts';

export interface Heard {
  readonly profile: BoundProfile;
  readonly command: string;
  readonly cwd: string;
  readonly output: string | Uint8Array;
  readonly code: number;
  readonly home?: string;
  readonly outside?: OutsideFacts;
}

export function judged({ profile, command, cwd, output, code, home = '/nonexistent', outside }: Heard): Denial | null {
  const judge = openDenialJudge({
    profile,
    command,
    argv: ['/bin/bash', '-c', command],
    cwd,
    home,
    ...(outside === undefined ? {} : { outside }),
  });
  judge.read(typeof output === 'string' ? Buffer.from(output) : output);
  return judge.judge(code);
}

/** `write /etc/x certain`, or `null`: what a table of expectations compares. */
export function verdictOf(denial: Denial | null): string {
  return denial === null ? 'null' : `${denial.operation} ${denial.target} ${denial.certainty}`;
}
