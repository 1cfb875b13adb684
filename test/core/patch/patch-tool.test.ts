import { describe, expect, it } from 'vitest';
import {
  APPLY_PATCH,
  applyPatchFunction,
  applyPatchTool,
  parseApplyPatch,
  parsePatch,
  patchInCommand,
  patchSummary,
} from '../../../src/core/patch/index.ts';
import { patchOf } from './patching.ts';

describe('the tool that edits files', () => {
  it('is described with a patch that is one', () => {
    for (const hasChoice of [true, false]) {
      const custom = applyPatchTool(hasChoice);
      const plain = applyPatchFunction(hasChoice);
      expect([custom.name, plain.name]).toEqual([APPLY_PATCH, APPLY_PATCH]);
      for (const { description } of [custom, plain]) {
        const example = /\*\*\* Begin Patch\n[\s\S]*?\n\*\*\* End Patch/.exec(description)?.[0] ?? '';
        expect(parsePatch(example)).toMatchObject({ value: { files: [{}, {}, {}] } });
        expect(description.includes('Environment ID')).toBe(hasChoice);
      }
      expect(custom.format.definition.includes('Environment ID')).toBe(hasChoice);
    }
  });

  it('takes the patch out of the arguments of a function, or as it is', () => {
    const patch = patchOf('*** Delete File: f');
    const values = [JSON.stringify({ input: patch }), JSON.stringify({ patch }), patch, `\n${patch}`];
    for (const value of values) {
      const read = parseApplyPatch(value);
      expect(read.ok && read.value.trim()).toBe(patch);
    }
    expect(parseApplyPatch('{}')).toMatchObject({ problem: { what: expect.stringContaining('input, the patch') } });
    expect(parseApplyPatch('{"input": 7}').ok).toBe(false);
    expect(parseApplyPatch('{"input": "').ok).toBe(false);
  });
});

describe('a command that is nothing but a patch', () => {
  const patch = patchOf("*** Delete File: it's");
  it.each([
    ['a here-document', `apply_patch <<'EOF'\n${patch}\nEOF`, { text: patch, folder: null }],
    ['one without quotes', `apply_patch <<PATCH\n${patch}\nPATCH\n`, { text: patch, folder: null }],
    ['in a folder', `cd src && apply_patch << "EOF"\n${patch}\nEOF`, { text: patch, folder: 'src' }],
    ['in a folder with quotes', `cd 'a b' && applypatch <<EOF\n${patch}\nEOF`, { text: patch, folder: 'a b' }],
    ['a word', `apply_patch "${patch}"`, { text: patch, folder: null }],
  ])('is found: %s', (_, command, found) => {
    expect(patchInCommand(command)).toEqual(found);
  });

  it.each([
    ['another command after it', `apply_patch <<'EOF'\n${patch}\nEOF\nrm x`],
    ['another command before it', `make; apply_patch <<'EOF'\n${patch}\nEOF`],
    ['a pipe', `apply_patch <<'EOF' | cat\n${patch}\nEOF`],
    ['a folder that the shell makes out', `cd $HOME && apply_patch <<'EOF'\n${patch}\nEOF`],
    ['a word that the shell makes out', 'apply_patch "$(cat patch)"'],
    ['something else', `apply_patch <<'EOF'\nhello\nEOF`],
    ['a patch that is only shown', `cat <<'EOF'\n${patch}\nEOF`],
    ['no end', `apply_patch <<'EOF'\n${patch}`],
  ])('is left to the shell with %s', (_, command) => {
    expect(patchInCommand(command)).toBeNull();
  });
});

describe('the summary of a patch', () => {
  it('is one line with every file, and all of its rows', () => {
    const text = patchOf(
      '*** Update File: src/a.ts',
      '@@ class A',
      ' x',
      '-y',
      '+z',
      '+\tw',
      '*** Add File: b.ts',
      '+1',
      '*** Delete File: c.ts',
      '*** Update File: d',
      '*** Move to: e',
    );
    expect(patchSummary(text)).toEqual({
      line: 'apply_patch src/a.ts (+2 -1), b.ts (new, +1), c.ts (deleted), d → e',
      rows: [
        'src/a.ts (+2 -1)',
        '  … class A',
        '    x',
        '  - y',
        '  + z',
        '  +     w',
        'b.ts (new, +1)',
        '  + 1',
        'c.ts (deleted)',
        'd → e',
      ],
    });
  });

  it('counts what it does not name, and holds nothing that a terminal would obey', () => {
    const lines = Array.from({ length: 9 }, (_, index) => `*** Delete File: ${index}\x1b[2J`);
    const { line, rows } = patchSummary(patchOf(...lines));
    expect(line).toBe(
      'apply_patch 0\ufffd[2J (deleted), 1\ufffd[2J (deleted), 2\ufffd[2J (deleted), 3\ufffd[2J (deleted) and 5 more',
    );
    expect(rows.join('')).not.toContain('\x1b');
    expect(patchSummary('nonsense').line).toBe('apply_patch (a patch that cannot be read)');
  });
});
