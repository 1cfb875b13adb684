import { describe, expect, it } from 'vitest';
import { namedKey, typedKey } from '../../../../src/ui/tui/input/key.ts';
import { helpSections, shownKey } from '../../../../src/ui/tui/input/key-help.ts';
import { keyTableOf } from '../../../../src/ui/tui/input/key-table.ts';
import { defaultKeyMap, type KeyContext } from '../../../../src/ui/tui/input/keymap.ts';

const table = keyTableOf(defaultKeyMap);
const inComposer: readonly KeyContext[] = ['composer', 'global'];

describe('the key map', () => {
  it('has no key twice in one context', () => {
    for (const [context, bindings] of Object.entries(defaultKeyMap)) {
      const keys = bindings.flatMap((binding) => binding.keys);
      expect(new Set(keys).size, context).toBe(keys.length);
    }
  });

  it('binds nothing that old terminals cannot tell from Enter, Tab, Esc or a late answer', () => {
    const all = Object.values(defaultKeyMap).flatMap((bindings) => bindings.flatMap((binding) => binding.keys));
    for (const key of all.flatMap((chord) => chord.split(' '))) expect(key).not.toMatch(/^ctrl-[mi[]$|-f3$/);
  });

  it('asks the contexts in order and types what is bound nowhere', () => {
    const ctrlD = namedKey('d', { ctrl: true });
    expect(table.meaning(inComposer, ctrlD, null, 0)).toEqual({ kind: 'action', action: 'delete.forward' });
    expect(table.meaning(['global'], ctrlD, null, 0)).toEqual({ kind: 'action', action: 'eof' });
    expect(table.meaning(inComposer, typedKey('y'), null, 0)).toEqual({ kind: 'text', text: 'y' });
    expect(table.meaning(['card', ...inComposer], typedKey('y'), null, 0)).toEqual({
      kind: 'action',
      action: 'decide.once',
    });
    expect(table.meaning(inComposer, namedKey('f9'), null, 0)).toEqual({ kind: 'none' });
    expect(table.meaning(inComposer, typedKey(' '), null, 0)).toEqual({ kind: 'text', text: ' ' });
  });

  it('goes on after the leader for three seconds, and never types the key that follows it', () => {
    expect(table.meaning(inComposer, namedKey('x', { ctrl: true }), null, 0)).toEqual({ kind: 'leader' });
    expect(table.meaning(inComposer, typedKey('f'), 0, 3000)).toEqual({ kind: 'action', action: 'pane.full' });
    expect(table.meaning(inComposer, typedKey('j'), 0, 10)).toEqual({ kind: 'unknown chord', chord: 'ctrl-x j' });
    expect(table.meaning(inComposer, namedKey('esc'), 0, 10)).toEqual({ kind: 'none' });
    expect(table.meaning(inComposer, typedKey('f'), 0, 3001)).toEqual({ kind: 'text', text: 'f' });
    expect(table.meaning(inComposer, namedKey('u', { ctrl: true }), 0, 10)).toEqual({ kind: 'action', action: 'redo' });
  });

  it('lists what may follow the leader', () => {
    const shown = table.continuations(inComposer);
    expect(shown).toContainEqual({ key: 'f', help: 'full screen for a pane' });
    expect(shown).toContainEqual({ key: 'u', help: 'undo' });
  });
});

describe('the help text', () => {
  it('writes keys as people read them', () => {
    expect(['ctrl-x d', 'alt-enter', 'page-up', 'up', 'shift-tab', 'ctrl-_', 'G'].map((key) => shownKey(key))).toEqual([
      'Ctrl-X d',
      'Alt-Enter',
      'PgUp',
      '↑',
      'Shift-Tab',
      'Ctrl-_',
      'G',
    ]);
    expect(shownKey('ctrl-left', 'ascii')).toBe('Ctrl-Left');
  });

  it('is made from the map, begins where the person is, and can be filtered', () => {
    expect(helpSections(defaultKeyMap, 'pane')[0]).toMatchObject({ title: 'Selected pane' });
    expect(helpSections(defaultKeyMap, 'global', 'scroll its output')).toEqual([
      {
        title: 'Selected pane',
        rows: [{ keys: '↑', help: 'scroll its output' }],
      },
    ]);
  });
});
