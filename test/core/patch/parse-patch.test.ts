import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePatch } from '../../../src/core/patch/index.ts';
import { patchOf } from './patching.ts';

const DELETE = patchOf('*** Delete File: f');

function parsed(text: string) {
  const patch = parsePatch(text);
  if (!patch.ok) throw new Error(patch.problem.what);
  return patch.value;
}

function problem(text: string) {
  const patch = parsePatch(text);
  if (patch.ok) throw new Error('it is a patch');
  return patch.problem;
}

describe('a patch', () => {
  it('says what becomes of each file, in order', () => {
    const text = patchOf(
      '*** Add File: new.txt',
      '+one',
      '+',
      '*** Update File: src/a.ts',
      '*** Move to: src/b.ts',
      '@@ class A {',
      ' kept',
      '-gone',
      '+come',
      '*** End of File',
      '*** Delete File: old.txt',
    );
    expect(parsed(text)).toEqual({
      environment: null,
      files: [
        { kind: 'add', line: 2, path: 'new.txt', lines: ['one', ''] },
        {
          kind: 'update',
          line: 5,
          path: 'src/a.ts',
          movedTo: 'src/b.ts',
          changes: [
            {
              line: 7,
              anchors: ['class A {'],
              lines: [
                { sign: ' ', text: 'kept' },
                { sign: '-', text: 'gone' },
                { sign: '+', text: 'come' },
              ],
              endsFile: true,
            },
          ],
        },
        { kind: 'delete', line: 12, path: 'old.txt' },
      ],
    });
  });

  it.each([
    ['in a here-document', `<<'EOF'\n${DELETE}\nEOF`],
    ['in one without quotes', `<<EOF\n${DELETE}\nEOF\n`],
    ['in one with double quotes', `<<"PATCH"\n${DELETE}\nPATCH`],
    ['as a whole shell command', `apply_patch <<'EOF'\n${DELETE}\nEOF`],
    ['with white space around it', `\n\n  ${DELETE}  \n\n`],
    ['with carriage returns', DELETE.replaceAll('\n', '\r\n')],
    ['with an indented header', DELETE.replace('*** Delete', '   *** Delete')],
  ])('is read %s', (_, text) => {
    expect(parsed(text).files).toMatchObject([{ kind: 'delete', path: 'f' }]);
  });

  it('names the machine it is for', () => {
    expect(parsed(patchOf('*** Environment ID:   devbox ', '*** Delete File: f')).environment).toBe('devbox');
    expect(problem(patchOf('*** Environment ID: ', '*** Delete File: f'))).toMatchObject({ line: 2 });
    expect(problem(patchOf('*** Delete File: f', '*** Environment ID: x'))).toMatchObject({ line: 3 });
  });

  it('takes an empty line for a line of context without its space', () => {
    const [file] = parsed(patchOf('*** Update File: f', '@@', ' a', '', '-b')).files;
    expect(file).toMatchObject({ changes: [{ lines: [{ text: 'a' }, { sign: ' ', text: '' }, { text: 'b' }] }] });
  });

  it('may begin its first change without a marker, and lead to a change in several steps', () => {
    const [file] = parsed(patchOf('*** Update File: f', '-a', '@@ class B', '@@   def m', '-x')).files;
    expect(file).toMatchObject({ changes: [{ anchors: [] }, { anchors: ['class B', '  def m'] }] });
  });

  it('may move a file and change nothing in it', () => {
    expect(parsed(patchOf('*** Update File: f', '*** Move to: g')).files).toMatchObject([
      { movedTo: 'g', changes: [] },
    ]);
  });

  it('keeps the spaces of a path but for those at its end', () => {
    expect(parsed(patchOf('*** Add File:   a b  ', '+x')).files[0]?.path).toBe('  a b');
  });

  it.each([
    ['nothing', '', null, 'it is empty'],
    ['no beginning', '*** Delete File: f\n*** End Patch', 1, 'its first line must be'],
    ['no end', '*** Begin Patch\n*** Delete File: f', 2, 'its last line must be'],
    ['no file', '*** Begin Patch\n*** End Patch', null, 'it names no file'],
    ['something else in place of a file', patchOf('hello'), 2, 'begins no file'],
    ['an empty line between files', patchOf('*** Delete File: f', '', '*** Delete File: g'), 3, 'begins no file'],
    ['an added line without its sign', patchOf('*** Add File: f', '+a', 'b'), 4, 'begins no file'],
    ['no name', patchOf('*** Delete File: '), 2, 'needs a name'],
    ['a name with a NUL', patchOf('*** Delete File: f\0g'), 2, 'NUL'],
    ['an update without changes', patchOf('*** Update File: f'), 2, 'has no changes'],
    ['a change without lines', patchOf('*** Update File: f', '@@'), 3, 'has no lines'],
    ['a change that only ends', patchOf('*** Update File: f', '@@', '*** End of File'), 3, 'has no lines'],
    ['a line without a sign', patchOf('*** Update File: f', '@@', 'garbage'), 4, 'is no line of a change'],
    ['a line without a sign further down', patchOf('*** Update File: f', '@@', '-a', 'x'), 5, 'begins with "@@"'],
    ['a second patch', `${DELETE}\n${DELETE}`, 3, 'begins no file'],
  ])('is refused with %s, and the line is named', (_, text, line, what) => {
    expect(problem(text)).toMatchObject({ line, what: expect.stringContaining(what) });
    if (line !== null) expect(problem(text).what).toContain(`line ${line} of the patch`);
  });

  it('is refused when it is larger than anybody writes one', () => {
    expect(problem(patchOf('*** Add File: f', `+${'x'.repeat(5_000_000)}`)).what).toContain('4 MiB');
  });

  it('is refused when it names more files than anybody looks through', () => {
    const lines = Array.from({ length: 2001 }, (_, index) => `*** Delete File: ${index}`);
    expect(problem(patchOf(...lines)).what).toContain('more than 2000 files');
  });

  it('is read or refused, whatever it is, and quickly', () => {
    const pieces = fc.constantFrom(
      '*** Begin Patch',
      '*** End Patch',
      '*** Update File: f',
      '*** Add File: g',
      '*** Delete File: h',
      '*** Move to: i',
      '*** End of File',
      '@@',
      '@@ x',
      '',
      ' ',
      '-a',
      '+b',
      ' c',
      '\r',
      '<<EOF',
      'EOF',
      '\0',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (lines) => {
        for (const text of [lines.join('\n'), patchOf(...lines)]) {
          const patch = parsePatch(text);
          if (!patch.ok) expect(patch.problem.what).not.toBe('');
          else expect(patch.value.files.length).toBeGreaterThan(0);
        }
      }),
    );
    const started = performance.now();
    parsePatch(patchOf('*** Update File: f', '\n'.repeat(300_000)));
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
