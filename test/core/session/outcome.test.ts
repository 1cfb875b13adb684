import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/core/session/outcome.ts';
import type { Denial } from '../../../src/sandbox/index.ts';

const denial: Denial = {
  operation: 'write',
  target: '/etc/x',
  certainty: 'certain',
  evidence: '',
  because: '',
  grants: [],
  also: [],
};
const code = (value: number) => ({ kind: 'code', code: value }) as const;

describe('how an attempt came out', () => {
  it.each([
    ['exit 0', { exit: code(0), denial: null, ran: true }, false, 'ok'],
    ['exit 0 with a denial inside', { exit: code(0), denial, ran: true }, false, 'ok'],
    ['exit 1', { exit: code(1), denial: null, ran: true }, false, 'failed'],
    ['exit 1 with a denial', { exit: code(1), denial, ran: true }, false, 'blocked'],
    ['Ctrl-C', { exit: code(130), denial: null, ran: true }, true, 'stopped'],
    ['a trap that exits 0 after Ctrl-C', { exit: code(0), denial: null, ran: true }, true, 'ok'],
    ['SIGKILL from elsewhere', { exit: code(137), denial: null, ran: true }, false, 'killed'],
    [
      'a crash',
      { exit: { kind: 'signal', signal: 'SIGSEGV', code: 139 } as const, denial: null, ran: true },
      false,
      'failed',
    ],
    ['nothing ran', { exit: code(1), denial: null, ran: false }, false, 'not_started'],
  ] as const)('%s', (_, closed, wasSignalled, outcome) => {
    expect(outcomeOf(closed, wasSignalled)).toBe(outcome);
  });
});
