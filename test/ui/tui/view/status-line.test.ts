import { describe, expect, it } from 'vitest';
import { type StatusFacts, statusLine } from '../../../../src/ui/tui/view/status-line.ts';
import { plain, plainAscii } from './session.ts';

const facts: StatusFacts = {
  session: { name: 'gpt-5.2', cwd: '/home/ana/src/app', profile: ':workspace', network: 'restricted' },
  environment: '',
  contextLeft: 71,
  questions: 0,
  questionKey: '',
  running: 3,
  background: 0,
  queued: 0,
  terminals: 1,
  offersHelp: false,
  isUnrecorded: false,
  toast: '',
};

function line(cols: number, changes: Partial<StatusFacts> = {}): string {
  return statusLine({ ...facts, ...changes }, cols, plain);
}

describe('the status line', () => {
  it('has everything where there is room', () => {
    expect(
      line(120, {
        questions: 2,
        questionKey: 'Tab',
        background: 2,
        terminals: 2,
        offersHelp: true,
        environment: '@devbox',
      }),
    ).toBe(
      'gpt-5.2 · ~/src/app · :workspace, no network · @devbox · 71% · 2 questions: Tab · 3 run · 2 bg · 2 terminals · ? help',
    );
    expect(line(80)).toBe('gpt-5.2 · ~/src/app · :workspace, no network · 71% left · 3 running');
  });

  it('shortens, then drops what matters least', () => {
    expect(line(40)).toBe('gpt-5.2 · app · 71% · 3 run');
    expect(line(40, { questions: 1, running: 2 })).toBe('gpt-5.2 · app · 1 question · 2 run');
    expect(line(30)).toBe('gpt-5.2 · app · 3 run');
    expect(line(24, { questions: 1 })).toBe('gpt-5.2 · 1 question · ');
  });

  it('is the same in the shell, with its hint', () => {
    const shell = { session: { ...facts.session!, name: 'shell' }, contextLeft: null, running: 0, offersHelp: true };
    expect(line(80, shell)).toBe('shell · ~/src/app · :workspace, no network · ? help');
    expect(line(40, shell)).toBe('shell · app · :workspace · ? help');
  });

  it('never drops that nothing protects', () => {
    const open = { session: { ...facts.session!, network: 'unsandboxed' as const } };
    expect(line(80, open)).toContain('FULL ACCESS');
    expect(line(26, open)).toContain('FULL');
  });

  it('says loudly when the context runs out or nothing is recorded', () => {
    expect(line(80, { contextLeft: 9, running: 0 })).toContain('9% left, compact soon');
    expect(line(34, { contextLeft: 9, running: 0 })).toContain('9% low');
    expect(line(80, { isUnrecorded: true })).toContain('NOT RECORDED');
  });

  it('shows a toast in place of all but the name', () => {
    expect(line(80, { toast: 'Ctrl-C again leaves' })).toBe('gpt-5.2 · Ctrl-C again leaves');
    expect(line(20, { toast: 'Ctrl-C again leaves' })).toBe('gpt-5.2 · Ctrl-C a…');
  });

  it('speaks ASCII', () => {
    expect(statusLine(facts, 80, plainAscii)).toBe(
      'gpt-5.2 - ~/src/app - :workspace, no network - 71% left - 3 running',
    );
  });
});
