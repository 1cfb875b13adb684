import { describe, expect, it } from 'vitest';
import { targetKind } from '../../../../src/ui/tui/markdown/link.ts';
import { markdownRows } from '../../../../src/ui/tui/markdown/markdown.ts';
import { withoutEscapes } from '../../../../src/ui/tui/terminal/width.ts';
import type { Look } from '../../../../src/ui/tui/view/look.ts';
import { coloured, plain, uncoloured } from '../view/session.ts';

const linked: Look = { ...coloured, linkHost: 'here' };

function row(text: string, look = linked): string {
  return markdownRows(text, { cols: 80, look }).join('\n').replaceAll('\x1b', '^');
}

describe('links', () => {
  it('are opened by web, mail and file addresses alone', () => {
    const kinds = (targets: readonly string[]) => targets.map(targetKind);
    expect(kinds(['https://a.example', 'HTTP://a.example', 'mailto:me@a.example', 'file:///etc/hosts'])).toEqual(
      Array(4).fill('opened'),
    );
    expect(kinds(['src/a.ts', './a', '#part', '/abs/path', ''])).toEqual(Array(5).fill('path'));
    expect(
      kinds([
        'javascript:alert(1)',
        'java\tscript:x',
        'data:text/html,x',
        'vscode://x',
        'ssh://h',
        'x-man-page://ls',
        'file:x',
      ]),
    ).toEqual(Array(7).fill('refused'));
  });

  it('are the terminal’s where it is known to have them', () => {
    expect(row('[docs](https://a.example/x)')).toMatch(
      /^ {2}\^\]8;id=\w+;https:\/\/a\.example\/x\^\\\^\[4mdocs\^\[24m\^\]8;;\^\\$/,
    );
    expect(row('[f](file:///tmp/a)')).toContain(';file://here/tmp/a^\\');
  });

  it('are written out elsewhere, once', () => {
    expect(row('[docs](https://a.example/x) https://a.example', uncoloured)).toBe(
      '  ^[4mdocs^[24m^[2m (https://a.example/x)^[22m ^[4mhttps://a.example^[24m',
    );
    expect(row('[docs](https://a.example/x), [a.example](https://a.example/), <me@a.example>', plain)).toBe(
      '  docs (https://a.example/x), a.example, me@a.example',
    );
    expect(row('[src/a.ts](src/a.ts) [here](src/b.ts)', plain)).toBe('  src/a.ts here (src/b.ts)');
  });

  it('that say another address than theirs show both', () => {
    expect(
      withoutEscapes(markdownRows('[https://bank.example](https://evil.example)', { cols: 80, look: linked }).join('')),
    ).toBe('  https://bank.example (https://evil.example)');
    expect(row('[bank.example](https://evil.example)')).toContain('(https://evil.example)');
  });

  it('to anything else are text', () => {
    expect(row('[x](javascript:alert(1)) ![y](data:image/png;base64,AAAA)')).toBe(
      '  [x](javascript:alert(1)) [image: y]^[2m (data:image/png;base64,AAAA)^[22m',
    );
  });

  it('keep one id over the rows they are broken into', () => {
    const rows = markdownRows('[a link with many words in it](https://a.example)', { cols: 20, look: linked });
    expect(rows.length).toBeGreaterThan(1);
    const ids = rows.map((text) => /\x1b\]8;(id=\w+);https:\/\/a\.example\x1b\\/.exec(text)?.[1]);
    expect(new Set(ids).size).toBe(1);
    for (const text of rows) expect(text).toMatch(/\x1b\]8;;\x1b\\$/);
  });

  it('let nothing out of their sequence', () => {
    const text = row('[x](<https://a.example/\x1b\\\x07;é 日\u202e>)');
    expect(/8;id=\w+;([^^]*)\^\\/.exec(text)?.[1]).toMatch(/^[\x21-\x7e]+$/);
    expect(text.match(/\^\]8;/g)).toHaveLength(2);
  });
});
