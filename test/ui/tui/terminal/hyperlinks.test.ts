import { describe, expect, it } from 'vitest';
import { hasHyperlinks } from '../../../../src/ui/tui/terminal/hyperlinks.ts';

describe('links of the terminal', () => {
  it.each([
    [null, { TERM: 'xterm-256color' }, false],
    [null, { TERM: 'xterm-kitty' }, true],
    ['kitty(0.32.2)', { TERM: 'xterm-256color' }, true],
    ['VTE(6800)', { TERM: 'xterm-256color' }, true],
    ['VTE(4601)', { TERM: 'xterm-256color' }, false],
    ['XTerm(379)', { TERM: 'xterm' }, false],
    [null, { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, true],
    [null, { TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' }, true],
    [null, { TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }, false],
    [null, { TERM: 'xterm-256color', WT_SESSION: 'x' }, true],
    ['tmux 3.3a', { TERM: 'tmux-256color', TMUX: 'x', VTE_VERSION: '6800', KITTY_WINDOW_ID: '1' }, false],
    ['tmux 3.4', { TERM: 'tmux-256color', TMUX: 'x' }, true],
    [null, { TERM: 'screen-256color', TMUX: 'x', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.5a' }, true],
    [null, { TERM: 'screen-256color', STY: 'x', VTE_VERSION: '6800' }, false],
    [null, { TERM: 'linux', TERM_PROGRAM: 'vscode' }, false],
    [null, { TERM: 'dumb', VTE_VERSION: '6800' }, false],
    [null, {}, false],
  ])('%j in %j: %j', (name, env, expected) => {
    expect(hasHyperlinks(name, env)).toBe(expected);
  });
});
