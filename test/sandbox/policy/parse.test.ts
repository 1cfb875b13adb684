// What the parser of the policy language reads, and what it refuses.

import { describe, expect, it } from 'vitest';
import { type Form, parsePolicy, written } from './parse.ts';

function rulesOf(text: string): { verdict: string; operations: readonly string[]; filters: readonly string[] }[] {
  return parsePolicy(`(version 1)${text}`).map((rule) => ({ ...rule, filters: rule.filters.map(written) }));
}

describe('the parser', () => {
  it('reads verdict, operations and filters of each rule in order, and no comments', () => {
    const text = `
      ; (allow file-write*)
      (deny default) ; no more
      (allow file-read* file-ioctl
        (literal "/a") (subpath (param "B")))`;
    expect(rulesOf(text)).toEqual([
      { verdict: 'deny', operations: ['default'], filters: [] },
      {
        verdict: 'allow',
        operations: ['file-read*', 'file-ioctl'],
        filters: ['(literal "/a")', '(subpath (param "B"))'],
      },
    ]);
  });

  it('reads strings with their escapes, and expressions as they are', () => {
    const [rule] = parsePolicy(
      String.raw`(version 1)(allow file-read* (literal "/a \"b\\c)") (regex #"^/\.git(/.*)?$"))`,
    );
    const texts = rule?.filters.map((it) => (it.kind === 'list' ? it.items[1] : undefined));
    expect(texts).toEqual<(Form | undefined)[]>([
      { kind: 'string', text: '/a "b\\c)' },
      { kind: 'regex', text: String.raw`^/\.git(/.*)?$` },
    ]);
  });

  it('takes no notice of what is only reported', () => {
    expect(rulesOf('(deny default (with message "ours"))(deny file-read* (literal "/x") (with no-log))')).toEqual([
      { verdict: 'deny', operations: ['default'], filters: [] },
      { verdict: 'deny', operations: ['file-read*'], filters: ['(literal "/x")'] },
    ]);
  });

  it.each([
    ['', 'begins with'],
    ['(deny default)', 'begins with'],
    ['(version 2)', 'begins with'],
    ['(version 1)(deny default', 'not closed'],
    ['(version 1)(deny default))', 'once too often'],
    ['(version 1)(deny file-read* (literal "/x))', 'not readable'],
    ['(version 1)(deny file-read* (regex #"/x))', 'not readable'],
    ['(version 1)(import "system.sb")', 'no rule'],
    ['(version 1) deny', 'no rule'],
    ['(version 1)(deny)', 'about no operation'],
    ['(version 1)(deny (literal "/x"))', 'about no operation'],
    ['(version 1)(deny file-read* (literal "/x") file-write*)', 'no filter'],
    ['(version 1)(deny file-read* "/x")', 'no filter'],
  ])('refuses %s', (text, why) => {
    expect(() => parsePolicy(text)).toThrow(why);
  });
});
