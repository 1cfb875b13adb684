import { describe, expect, it } from 'vitest';
import {
  asciiGlyphs,
  type ColourWish,
  colourDepth,
  createStyle,
  glyphsFor,
  unicodeGlyphs,
} from '../../../../src/ui/tui/terminal/style.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';

describe('the colour depth', () => {
  const cases: readonly (readonly [Record<string, string>, boolean, ColourWish, string])[] = [
    [{ TERM: 'xterm' }, true, 'auto', '16'],
    [{ TERM: 'xterm-256color' }, true, 'auto', '256'],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, true, 'auto', 'truecolour'],
    [{ TERM: 'xterm', COLORTERM: '24bit' }, true, 'auto', 'truecolour'],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, true, 'auto', 'none'],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, true, 'auto', '256'],
    [{ TERM: 'xterm-256color', NO_COLOR: '1', FORCE_COLOR: '3' }, true, 'auto', 'truecolour'],
    [{ TERM: 'xterm-256color', FORCE_COLOR: '0' }, true, 'auto', 'none'],
    [{ TERM: 'xterm-256color', FORCE_COLOR: '1' }, false, 'auto', '16'],
    [{ TERM: 'xterm-256color' }, false, 'auto', 'plain'],
    [{ TERM: 'xterm-256color' }, false, 'always', '256'],
    [{ TERM: 'xterm-256color', FORCE_COLOR: '3' }, true, 'never', 'none'],
    [{ TERM: 'dumb' }, true, 'auto', 'plain'],
    [{ TERM: 'linux' }, true, 'auto', '16'],
  ];
  it.each(cases)('%j, terminal %s, --color %s gives %s', (env, isTTY, wish, depth) => {
    expect(colourDepth(env, isTTY, wish)).toBe(depth);
  });
});

describe('a style', () => {
  it('uses tints only when the background is known', () => {
    expect(createStyle('truecolour').paint('ok', 'x')).toBe('\x1b[32mx\x1b[39m');
    expect(createStyle('truecolour', 'dark').paint('ok', 'x')).toBe('\x1b[38;2;95;175;95mx\x1b[39m');
    expect(createStyle('256', 'light').paint('bad', 'x')).toBe('\x1b[38;5;124mx\x1b[39m');
    expect(createStyle('16', 'light').paint('bad', 'x')).toBe('\x1b[31mx\x1b[39m');
  });

  it('keeps attributes without colour, and nothing at all without a terminal', () => {
    expect(createStyle('none').paint('bad', 'x')).toBe('x');
    expect(createStyle('none').paint('inverse', 'x')).toBe('\x1b[7mx\x1b[27m');
    expect(createStyle('plain').paint('bold', 'x')).toBe('x');
  });

  it('takes an outer role up again behind an inner one of the same kind', () => {
    const style = createStyle('16');
    expect(style.paint('warn', `a ${style.paint('bad', 'b')} c`)).toBe('\x1b[33ma \x1b[31mb\x1b[39m\x1b[33m c\x1b[39m');
  });
});

describe('the glyphs', () => {
  it('are ASCII where the locale or the terminal cannot show more', () => {
    expect(glyphsFor({ LANG: 'en_US.UTF-8', TERM: 'xterm' })).toBe(unicodeGlyphs);
    expect(glyphsFor({ LANG: 'en_US.UTF-8', LC_ALL: 'C', TERM: 'xterm' })).toBe(asciiGlyphs);
    expect(glyphsFor({ LC_CTYPE: 'C.utf8', LC_ALL: '', TERM: 'linux' })).toBe(asciiGlyphs);
    expect(glyphsFor({ TERM: 'xterm' })).toBe(asciiGlyphs);
  });

  it('take one cell each', () => {
    const { name: _name, spinner, ...single } = unicodeGlyphs;
    for (const glyph of [...Object.values(single), ...spinner]) expect(cellWidth(glyph)).toBe(1);
  });
});
