import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, type EventBody, emptyTranscript } from '../../../../src/core/bus/index.ts';
import { occasionOf } from '../../../../src/ui/tui/notify/occasions.ts';
import { isAway } from '../../../../src/ui/tui/notify/presence.ts';
import { type NotifyWay, notification, notifyWay } from '../../../../src/ui/tui/notify/ways.ts';
import { windowTitle } from '../../../../src/ui/tui/notify/window-title.ts';
import { modesOff, modesOn, restingModes, withTitle } from '../../../../src/ui/tui/terminal/modes.ts';
import { plain, wideQuestion } from '../view/session.ts';

describe('the way to tell', () => {
  const table: readonly [string, string | null, Record<string, string>, NotifyWay][] = [
    ['kitty', 'kitty(0.32.1)', {}, 'osc99'],
    ['kitty that did not answer', null, { TERM: 'xterm-kitty' }, 'osc99'],
    ['iTerm2', 'iTerm2 3.5.0', {}, 'osc9'],
    ['iTerm2 by its variable', null, { TERM_PROGRAM: 'iTerm.app' }, 'osc9'],
    ['WezTerm', 'WezTerm 20240203', {}, 'osc9'],
    ['Ghostty', 'ghostty 1.0', { TERM: 'xterm-ghostty' }, 'osc9'],
    ['Windows Terminal', null, { WT_SESSION: '1' }, 'osc9'],
    ['foot', 'foot(1.16.2)', {}, 'osc777'],
    ['VTE', 'VTE(7600)', {}, 'osc777'],
    ['xterm', 'XTerm(390)', { TERM: 'xterm-256color' }, 'bel'],
    ['unknown', null, { TERM: 'xterm-256color' }, 'bel'],
    ['tmux inside of kitty', 'kitty(0.32.1)', { TMUX: '/tmp/x' }, 'bel'],
    ['tmux by its answer', 'tmux 3.3a', { TERM_PROGRAM: 'iTerm.app' }, 'bel'],
    ['zellij', null, { ZELLIJ: '0', TERM_PROGRAM: 'WezTerm' }, 'bel'],
  ];
  it.each(table)('of %s', (_name, name, env, way) => {
    expect(notifyWay('auto', name, env)).toBe(way);
  });

  it('is what the person says', () => {
    expect(notifyWay('off', 'kitty', {})).toBeNull();
    expect(notifyWay('osc777', 'kitty', { TMUX: 'x' })).toBe('osc777');
  });

  it('is one sequence, whatever the text', () => {
    const ways = fc.constantFrom<NotifyWay>('osc9', 'osc777', 'osc99');
    fc.assert(
      fc.property(ways, fc.string({ unit: 'binary', maxLength: 200 }), (way, text) => {
        const bytes = notification(way, text);
        expect(bytes).toMatch(/^\x1b\]\d+;[^\x00-\x1f\x7f-\x9f]*\x1b\\$/);
        expect(bytes.length).toBeLessThan(200);
      }),
    );
    expect(notification('osc777', 'codex: a; b')).toBe('\x1b]777;notify;codex;codex: a, b\x1b\\');
    expect(notification('bel', 'codex: done')).toBe('\x07');
  });
});

describe('whether the person is away', () => {
  it('is what the window says, and where it never said, a long time without a key', () => {
    expect(isAway({ isInFront: true, lastKeyAt: 0 }, 1_000_000)).toBe(false);
    expect(isAway({ isInFront: false, lastKeyAt: 999_999 }, 1_000_000)).toBe(true);
    expect(isAway({ isInFront: null, lastKeyAt: 980_000 }, 1_000_000)).toBe(false);
    expect(isAway({ isInFront: null, lastKeyAt: 970_000 }, 1_000_000)).toBe(true);
  });
});

function opened(model: string | null): EventBody {
  return {
    type: 'session.opened',
    cwd: '/home/ana/src/app',
    provider: model === null ? 'shell' : 'openai',
    model,
    profile: ':workspace',
    network: 'restricted',
    version: '0.1.0',
    earlierItems: 0,
  };
}

function started(origin: 'person' | 'model', command = 'npm test'): EventBody {
  return {
    type: 'process.started',
    process: 1,
    call: 'c',
    turn: 't',
    attempt: 1,
    command,
    argv: ['sh'],
    cwd: '/',
    origin,
    stdio: { kind: 'pty', cols: 80, rows: 24 },
    profile: ':workspace',
    grants: [],
  };
}

function closed(durationMs: number, outcome: 'ok' | 'failed' = 'ok'): EventBody {
  const exit = { kind: 'code', code: outcome === 'ok' ? 0 : 1 } as const;
  return {
    type: 'process.closed',
    process: 1,
    attempt: 1,
    exit,
    outcome,
    bytes: 0,
    lines: 0,
    durationMs,
    denial: null,
  };
}

function turnEnded(durationMs: number, outcome: 'completed' | 'failed' = 'completed'): EventBody {
  return { type: 'turn.ended', turn: 't', outcome, durationMs, commands: 0, tokens: null, problem: null };
}

function told(events: readonly EventBody[]): string | null {
  const transcript = emptyTranscript();
  for (const event of events) apply(transcript, event);
  return occasionOf(events.at(-1)!, transcript);
}

describe('what is told', () => {
  it('is a question, whatever runs', () => {
    const question: EventBody = { type: 'question.opened', ...wideQuestion(), command: 'npm test' };
    expect(told([opened('m'), started('model'), question])).toBe('codex: npm test needs your answer');
  });

  it('is a program that waits for input, and not that it does not any more', () => {
    const waiting = (wait: { hidden: boolean } | null): EventBody => ({ type: 'process.waiting', process: 1, wait });
    expect(told([opened('m'), started('model'), waiting({ hidden: false })])).toBe('codex: npm test waits for input');
    expect(told([opened('m'), started('model'), waiting(null)])).toBeNull();
  });

  it('is what took long: a turn of a model, a command of the person, and each once', () => {
    expect(told([opened('m'), turnEnded(48_000)])).toBe('codex: done');
    expect(told([opened('m'), turnEnded(48_000, 'failed')])).toBe('codex: the turn failed');
    expect(told([opened('m'), turnEnded(9_999)])).toBeNull();
    expect(told([opened(null), started('person'), closed(12_000, 'failed')])).toBe('codex: npm test ended: failed');
    expect(told([opened(null), started('person'), closed(12_000), turnEnded(12_000)])).toBeNull();
    expect(told([opened('m'), started('model'), closed(12_000)])).toBeNull();
  });

  it('names a long command by its beginning', () => {
    const long = `npm run build -- ${'x'.repeat(100)}\nsecond line`;
    expect(told([opened(null), started('person', long), closed(12_000)])).toMatch(
      /^codex: npm run build -- x+… is done$/,
    );
  });
});

describe('the title of the window', () => {
  it('says the folder, and whether something runs or asks', () => {
    const transcript = emptyTranscript();
    expect(windowTitle(transcript, plain)).toBeNull();
    apply(transcript, opened('m'));
    expect(windowTitle(transcript, plain)).toBe('app - codex');
    apply(transcript, { type: 'turn.started', turn: 't' });
    expect(windowTitle(transcript, plain)).toBe('⠿ app - codex');
    apply(transcript, started('model'));
    apply(transcript, { type: 'question.opened', ...wideQuestion() });
    expect(windowTitle(transcript, plain)).toBe('? app - codex');
  });

  it('holds no control character of a folder', () => {
    const transcript = emptyTranscript();
    apply(transcript, { ...opened('m'), cwd: '/tmp/a\x1b]0;x\x07b' } as EventBody);
    expect(windowTitle(transcript, plain)).not.toMatch(/[\x00-\x1f]/);
  });

  it('is pushed once, set again after the terminal was given away, and popped at the end', () => {
    const first = withTitle({ ...restingModes, isOn: true }, 'app - codex');
    expect(first.bytes).toBe('\x1b[22;0t\x1b]2;app - codex\x1b\\');
    const second = withTitle(first.modes, '? app - codex');
    expect(second.bytes).toBe('\x1b]2;? app - codex\x1b\\');
    const off = modesOff(second.modes, '');
    expect(off.bytes).toContain('\x1b[23;0t');
    expect(modesOn(off.modes).bytes).toContain('\x1b[22;0t\x1b]2;? app - codex\x1b\\');
    expect(modesOff(restingModes, '').bytes).not.toContain('\x1b[23;0t');
  });
});
