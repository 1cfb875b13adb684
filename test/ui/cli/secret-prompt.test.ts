import { describe, expect, it } from 'vitest';
import { openLine, type Secret } from '../../../src/ui/cli/secret-prompt.ts';

function typed(keys: string): Secret | null {
  const line = openLine();
  for (const key of keys) {
    const secret = line.take(key);
    if (secret !== null) return secret;
  }
  return null;
}

describe('a secret', () => {
  it.each([
    ['sk-key\r', 'sk-key'],
    ['sk-key\n', 'sk-key'],
    ['sk-kez\u007fy\r', 'sk-key'],
    ['\u007f\bsk\r', 'sk'],
    ['wrong\u0015sk\r', 'sk'],
    ['wrong\u0017sk\r', 'sk'],
    ['\u001b[200~sk-key\u001b[201~\r', 'sk-key'],
    ['s\u001b[D\u001bOCk\u001b[1;5C\r', 'sk'],
    ['sk\u0004', 'sk'],
    ['sk\u0000\u0007\r', 'sk'],
    ['\r', ''],
    [`${'x'.repeat(70_000)}\r`, 'x'.repeat(65_536)],
  ])('is what was typed: %j', (keys, text) => {
    expect(typed(keys)).toEqual({ kind: 'said', text });
  });

  it('is none when it is stopped, or nothing came', () => {
    expect(typed('half a key\u0003')).toEqual({ kind: 'interrupted' });
    expect(typed('\u001b[\u0003')).toEqual({ kind: 'interrupted' });
    expect(typed('\u0004')).toEqual({ kind: 'none' });
    expect(typed('half a key')).toBeNull();
  });
});
