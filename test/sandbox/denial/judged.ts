// Feeds text to a judge and states what is expected of its verdict.

import { type BoundProfile, type Denial, type DenialQuestion, openDenialJudge } from '../../../src/sandbox/index.ts';

export interface Heard extends Pick<DenialQuestion, 'outside' | 'blocks' | 'isProxied'> {
  readonly profile: BoundProfile;
  readonly command: string;
  readonly cwd: string;
  readonly output: string | Uint8Array;
  readonly code: number;
  readonly home?: string;
}

export function judged({ command, output, code, home = '/nonexistent', ...rest }: Heard): Denial | null {
  const judge = openDenialJudge({ ...rest, command, argv: ['/bin/bash', '-c', command], home });
  judge.read(typeof output === 'string' ? Buffer.from(output) : output);
  return judge.judge(code);
}

/** `write /etc/x certain`, or `null`: what a table of expectations compares. */
export function verdictOf(denial: Denial | null): string {
  return denial === null ? 'null' : `${denial.operation} ${denial.target} ${denial.certainty}`;
}
