import { describe, expect, it } from 'vitest';
import { isKnownSafe } from '../../../src/core/rules/index.ts';

const isSafe = (script: string, platform: NodeJS.Platform = 'linux') => isKnownSafe(['bash', '-lc', script], platform);

describe('what runs without a question', () => {
  it.each(
    'cat cd cut echo expr false grep head id ls nl paste pwd rev seq stat tail tr true uname wc which whoami'.split(
      ' ',
    ),
  )('is %s', (program) => {
    expect(isKnownSafe([program, '-x', 'y'])).toBe(true);
  });

  it.each([
    'ls && pwd; cat x | wc -l',
    "grep -R 'a b' -n || true",
    'sed -n 1,5p file',
    'sed -n 3p',
    'find . -name x',
    'rg -n foo',
    'base64 -d x',
    '/usr/bin/ls',
  ])('is %j', (script) => {
    expect(isSafe(script)).toBe(true);
  });

  it.each([
    '',
    'git status',
    'cargo check',
    'ls > x',
    'ls && rm x',
    'ls $x',
    '(ls)',
    'ls &',
    'X=1 ls',
    'PATH=./evil ls',
    'env ls',
    'command ls',
    "sh -c 'ls'",
    './ls',
    '/w/ls',
    'alias ls=rm\nls',
    'cat <<E\nx\nE',
    "'ls -l'",
    'base64 -o x',
    'base64 --output=x',
    'base64 -ox',
    'base64 --out x',
    'find . -exec rm {} \\;',
    'find . -execdir x \\;',
    'find . -ok rm {} \\;',
    'find . -okdir rm {} \\;',
    'find . -delete',
    'find . -fls x',
    'find . -fprint x',
    'find . -fprint0 x',
    'find . -fprintf x y',
    'rg --pre x y',
    'rg --pre=x y',
    'rg --hostname-bin x y',
    'rg --hostname-bin=x y',
    'rg --search-zip x',
    'rg -z x',
    'rg -nz x',
    'sed -n 1,5p a b',
    'sed -n xp a',
    'sed -n 1,5w a',
    'sed -i 1p a',
    'sed -n 1p -i',
    'sed 1p a',
    'awk 1',
  ])('is not %j', (script) => {
    expect(isSafe(script)).toBe(false);
  });

  it('depends on the system for two programs', () => {
    expect(isSafe('tac x; numfmt 1', 'linux')).toBe(true);
    expect(isSafe('tac x', 'darwin')).toBe(false);
  });
});
