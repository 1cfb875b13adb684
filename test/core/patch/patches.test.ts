// What do files look like after a patch, and what is said when it does not fit?

import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchSummary } from '../../../src/core/patch/index.ts';
import { filesOf, matchPatch } from '../../../src/core/patch/match-patch.ts';
import { parsePatch } from '../../../src/core/patch/parse-patch.ts';
import { problemText } from '../../../src/problem/index.ts';

type Files = Readonly<Record<string, string>>;

const resolve = (file: string): string => path.resolve('/w', file);
const patchOf = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

/** The files after the patch, or the sentence of why not. `latin1` text stands for bytes. */
function patched(patch: string, files: Files, encoding: 'utf8' | 'latin1' = 'utf8'): Files | string {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return problemText(parsed.problem);
  const read = new Map(
    filesOf(parsed.value, resolve).map((file) => {
      const text = files[path.relative('/w', file)];
      return [file, text === undefined ? null : Buffer.from(text, encoding)];
    }),
  );
  const plan = matchPatch(parsed.value, resolve, read);
  if (!plan.ok) return problemText(plan.problem);
  const now: Record<string, string> = { ...files };
  for (const { path: file, after: bytes } of plan.value.effects) {
    if (bytes === null) delete now[path.relative('/w', file)];
    else now[path.relative('/w', file)] = Buffer.from(bytes).toString(encoding);
  }
  return now;
}

const updateA = (...lines: readonly string[]): string => patchOf('*** Update File: a', ...lines);

describe('a patch', () => {
  it('adds, deletes, moves and changes files, all in one', () => {
    const patch = patchOf(
      '*** Add File: new/x',
      '+one',
      '+',
      '*** Delete File: gone',
      '*** Update File: a',
      '*** Move to: b',
      '@@',
      ' two',
      '-three',
      '+3',
      '*** Update File: moved',
      '*** Move to: elsewhere/moved',
    );
    expect(patched(patch, { gone: 'x\n', a: 'one\ntwo\nthree\n', moved: 'as it is' })).toEqual({
      'new/x': 'one\n\n',
      b: 'one\ntwo\n3\n',
      'elsewhere/moved': 'as it is',
    });
  });

  it.each([
    ['in a here-document', `<<'EOF'\n${updateA('@@', '-x', '+y')}\nEOF`],
    ['as a shell command', `apply_patch <<"PATCH"\n${updateA('@@', '-x', '+y')}\nPATCH`],
    ['with the line ends of Windows', updateA('@@', '-x', '+y').replaceAll('\n', '\r\n')],
    ['with blanks around its marks', `  *** Begin Patch  \n*** Update File:   a  \n@@\n-x\n+y\n *** End Patch \n`],
    ['without a mark before its first change', updateA('-x', '+y')],
    ['for a named machine', patchOf('*** Environment ID: devbox', '*** Update File: a', '-x', '+y')],
  ])('is understood %s', (_what, patch) => {
    expect(patched(patch, { a: 'x\n' })).toEqual({ a: 'y\n' });
  });

  it('changes one file several times, and a file that it made', () => {
    const patch = patchOf(
      '*** Update File: a',
      '-1',
      '+one',
      '*** Update File: a',
      '-one',
      '+uno',
      '*** Add File: b',
      '+x',
      '*** Update File: b',
      '-x',
      '+y',
    );
    expect(patched(patch, { a: '1\n' })).toEqual({ a: 'uno\n', b: 'y\n' });
  });

  it('looks for each change behind the one before', () => {
    expect(patched(updateA('@@', '-x', '+1', '@@', '-x', '+2'), { a: 'x\nx\nx\n' })).toEqual({ a: '1\n2\nx\n' });
    expect(patched(updateA('@@', '-b', '+B', '@@', '-a', '+A'), { a: 'a\nb\n' })).toMatch(/does not have these lines/);
  });

  it('goes to the line that @@ names, and to the end of the file where it says so', () => {
    const a = 'f\n  x\ng\n  x\n';
    expect(patched(updateA('@@ g', '-  x', '+  y'), { a })).toEqual({ a: 'f\n  x\ng\n  y\n' });
    expect(patched(updateA('@@', '-  x', '+  y', '*** End of File'), { a })).toEqual({ a: 'f\n  x\ng\n  y\n' });
    expect(patched(updateA('@@ h', '-  x', '+  y'), { a })).toMatch(/does not have the line after @@[\s\S]* {2}h/);
  });

  it('puts what is only put in at the end', () => {
    expect(patched(updateA('@@', '+end'), { a: 'x' })).toEqual({ a: 'x\nend\n' });
    expect(patched(updateA('@@', '+end', '@@', '-x', '+y'), { a: 'x\n' })).toEqual({ a: 'y\nend\n' });
  });

  it('forgives blanks and typographic marks, and keeps the file’s own text around the change', () => {
    const a = 'say “hi” – now\t\n\tindented  \nnext\n';
    expect(patched(updateA('@@', ' say "hi" - now', '-indented', '+done'), { a })).toEqual({
      a: 'say “hi” – now\t\ndone\nnext\n',
    });
  });

  it('takes the strictest of several places that fit', () => {
    expect(patched(updateA('@@', '-x', '+y'), { a: '  x\nx\n' })).toEqual({ a: '  x\ny\n' });
  });

  it('keeps the line ends of a file, and ends its last line', () => {
    expect(patched(updateA('@@', '-b', '+c', '+d'), { a: 'a\r\nb\r\n' })).toEqual({ a: 'a\r\nc\r\nd\r\n' });
    expect(patched(updateA('@@', ' a', '+b'), { a: 'a' })).toEqual({ a: 'a\nb\n' });
  });

  it('leaves bytes that are no text as they are', () => {
    const a = 'one\xff\xfe\ntwo\xe9\nthree\n';
    expect(patched(updateA('@@', '-three', '+drei é'), { a }, 'latin1')).toEqual({
      a: 'one\xff\xfe\ntwo\xe9\ndrei \xc3\xa9\n',
    });
  });

  it('forgives an empty line at the end of a change that the file does not have', () => {
    expect(patched(updateA('@@', ' x', '+y', ''), { a: 'x\nz\n' })).toEqual({ a: 'x\ny\nz\n' });
  });

  it.each([
    ['', 'the first line must be "*** Begin Patch"'],
    ['*** Begin Patch\n*** Update File: a\n-x', 'the last line must be "*** End Patch"'],
    [patchOf(), 'it changes no file'],
    [patchOf('*** Update File: a'), 'line 2: the change of a says nothing of what changes'],
    [patchOf('*** Update File:'), 'line 2 names no file'],
    [patchOf('*** Add File: a\0b', '+x'), 'line 2 names no file'],
    [updateA('@@', '-x', 'garbage'), 'line 5 is no line of a change: "garbage"'],
    [updateA('@@'), 'line 4 is no line of a change'],
    [patchOf('garbage'), 'line 2 is no part of a change: "garbage"'],
    [patchOf('*** Environment ID:', '*** Delete File: a'), 'names no machine'],
  ])('%j is refused with what is wrong', (patch, sentence) => {
    expect(patched(patch, { a: 'x\n' })).toContain(sentence);
  });

  it('says which file is missing, and shows the lines that are', () => {
    expect(patched(patchOf('*** Delete File: b'), {})).toContain('there is no file b to delete');
    expect(patched(patchOf('*** Update File: b', '-x'), {})).toContain('there is no file b to change');
    const said = patched(updateA('@@', ' one', '-two', '+2'), { a: 'zero\none\nthree\n' });
    expect(said).toContain('a does not have these lines where the change would go:\n  one\n  two');
    expect(said).toContain('Its first line is in line 2 of the file');
  });

  it('in a line says what it changes', () => {
    const parsed = parsePatch(
      patchOf('*** Add File: n', '+x', '*** Delete File: d', '*** Update File: a', '*** Move to: b', '-x', '+y', '+z'),
    );
    expect(parsed.ok && patchSummary(parsed.value)).toBe('apply_patch n (new), d (deleted), a -> b (+2 -1)');
  });

  it('made of two versions of a file leads from one to the other', () => {
    const line = fc.constantFrom('a', 'b', 'c', '', '  d');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(line), fc.nat(), fc.nat(), (old, put, at, count) => {
        const from = at % old.length;
        const taken = old.slice(from, from + (count % 4));
        const rows = [...old.slice(0, from).map((text) => ` ${text}`), ...taken.map((text) => `-${text}`)];
        const rest = old.slice(from + taken.length).map((text) => ` ${text}`);
        const patch = updateA('@@', ...rows, ...put.map((text) => `+${text}`), ...rest, '*** End of File');
        const now = [...old.slice(0, from), ...put, ...old.slice(from + taken.length)];
        expect(patched(patch, { a: `${old.join('\n')}\n` })).toEqual({ a: now.map((text) => `${text}\n`).join('') });
      }),
    );
  });
});
