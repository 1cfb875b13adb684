import { expect, it } from 'vitest';
import { copyingBytes } from '../../../../src/ui/tui/terminal/osc52.ts';

it('a text goes to the clipboard as it is, whatever is in it', () => {
  const text = 'a\x1b]0;x\x07\nä日';
  const [, base64 = ''] = /^\x1b\]52;c;([A-Za-z0-9+/=]*)\x07$/.exec(copyingBytes(text, {})) ?? [];
  expect(Buffer.from(base64, 'base64').toString()).toBe(text);
});

it('screen gets it in pieces that it hands on', () => {
  const bytes = copyingBytes('x'.repeat(5_000), { STY: '1.pts' });
  const pieces = bytes.split('\x1b\\').slice(0, -1);
  expect(pieces.length).toBeGreaterThan(1);
  for (const piece of pieces) expect(piece).toMatch(/^\x1bP.{1,768}$/s);
  expect(pieces.map((piece) => piece.slice(2)).join('')).toBe(copyingBytes('x'.repeat(5_000), {}));
});
