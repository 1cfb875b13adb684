import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readKey } from '../../../../src/ui/tui/input/key-name.ts';
import { defaultKeyMap, type KeyContext, type KeyMap } from '../../../../src/ui/tui/input/keymap.ts';
import { keyMapWith } from '../../../../src/ui/tui/input/keymap-config.ts';

function keysOf(map: KeyMap, context: KeyContext, action: string): readonly string[] {
  return map[context].find((binding) => binding.action === action)?.keys ?? [];
}

describe('a key as a person writes it', () => {
  const names: readonly [string, string | null][] = [
    ['ctrl-k', 'ctrl-k'],
    ['Ctrl-K', 'ctrl-k'],
    ['alt-ctrl-k', 'ctrl-alt-k'],
    ['shift-tab', 'shift-tab'],
    ['pgdn', 'page-down'],
    ['PageUp', 'page-up'],
    ['Escape', 'esc'],
    ['return', 'enter'],
    ['f12', 'f12'],
    ['ctrl--', 'ctrl--'],
    ['leader t', 'ctrl-x t'],
    ['ctrl-x ctrl-t', 'ctrl-x ctrl-t'],
    ['shift-g', 'G'],
    ['G', 'G'],
    ['?', '?'],
    ['cmd-k', 'super-k'],
    ['f99', null],
    ['hyper-k', null],
    ['ctrl-ctrl-k', null],
    ['ctrl-a t', null],
    ['leader', null],
    ['ctrl-x', null],
    ['', null],
    ['a b c', null],
    ['ctrl-', null],
  ];
  it.each(names)('%s', (text, key) => {
    expect(readKey(text)).toBe(key);
  });
});

describe('a person’s own keys', () => {
  it('replace what was there, take their key from what had it, and can be none', () => {
    const { map, notes, changed } = keyMapWith(
      { global: { open_transcript: 'ctrl-y' }, editor: { insert_newline: ['ctrl-n', 'leader n'], yank: [] } },
      { pane: { 'process.stop': 'x' } },
    );
    expect(notes).toEqual([]);
    expect(keysOf(map, 'global', 'transcript')).toEqual(['ctrl-y']);
    expect(keysOf(map, 'composer', 'yank')).toEqual([]);
    expect(keysOf(map, 'composer', 'newline')).toEqual(['ctrl-n', 'ctrl-x n']);
    expect(keysOf(map, 'composer', 'move.down')).toEqual(['down']);
    expect(keysOf(map, 'pane', 'process.stop')).toEqual(['x']);
    expect([...changed]).toContain('pane process.stop');
  });

  it('of everywhere are heard in the message too', () => {
    const { map } = keyMapWith({ global: { open_transcript: 'ctrl-k' } }, {});
    expect(keysOf(map, 'composer', 'kill.end')).toEqual([]);
    const both = keyMapWith({ global: { open_transcript: 'ctrl-k' }, editor: { yank: 'ctrl-k' } }, {});
    expect(keysOf(both.map, 'composer', 'yank')).toEqual(['ctrl-k']);
  });

  const wrong: readonly [string, Record<string, unknown>, Record<string, unknown>, RegExp][] = [
    [
      'no key',
      { global: { open_transcript: 'ctrl-hyper' } },
      {},
      /^tui\.keymap\.global\.open_transcript: "ctrl-hyper" is no key\.$/,
    ],
    [
      'an action that is missing here',
      { global: { toggle_vim_mode: 'f2' } },
      {},
      /global\.toggle_vim_mode has no effect here/,
    ],
    ['a place that is missing here', { vim_normal: { yank: 'y' } }, {}, /tui\.keymap\.vim_normal has no effect here/],
    ['an action nobody has', {}, { composer: { fly: 'f2' } }, /tui\.keymap_ts\.composer\.fly has no effect here/],
    ['letters of a question', {}, { card: { 'decide.once': 'x' } }, /tui\.keymap_ts\.card has no effect here/],
    ['a letter of the message', { editor: { yank: 'p' } }, {}, /yank: p could not be typed any more/],
    ['no list', { global: { open_transcript: 5 } }, {}, /must be a key or a list of keys/],
    ['no table', { global: 'ctrl-t' }, {}, /tui\.keymap\.global has no effect here/],
    [
      'two actions on one key',
      { editor: { yank: 'f2', kill_line_end: 'f2' } },
      {},
      /kill_line_end: f2 is yank already/,
    ],
    ['no key to stop with', { chat: { interrupt_turn: [] } }, {}, /interrupt_turn: it needs a key/],
    ['the key to send taken away', { editor: { insert_newline: 'enter' } }, {}, /submit keeps enter/],
  ];
  it.each(wrong)('that are %s are told, and change nothing', (_name, shared, own, note) => {
    const { map, notes } = keyMapWith(shared, own);
    expect(notes.join('\n')).toMatch(note);
    for (const [context, action] of [
      ['global', 'interrupt'],
      ['global', 'back'],
      ['composer', 'submit'],
      ['pane', 'pane.leave'],
      ['global', 'transcript'],
    ] as const)
      expect(keysOf(map, context, action)).toEqual(keysOf(defaultKeyMap, context, action));
  });

  it('that take the last key of another in a circle leave both with one', () => {
    const { map } = keyMapWith({}, { global: { interrupt: 'esc' } });
    expect(keysOf(map, 'global', 'interrupt')).toEqual(keysOf(defaultKeyMap, 'global', 'interrupt'));
    expect(keysOf(map, 'global', 'back')).toEqual(keysOf(defaultKeyMap, 'global', 'back'));
  });

  it('of any kind leave a map with no key twice in a place, and a way to stop, to send and to come back', () => {
    const key = fc.oneof(
      fc.constantFrom('ctrl-c', 'esc', 'enter', 'ctrl-k', 'tab', 'q', 'up', 'leader a', 'f5', 'nonsense', 'shift-g'),
      fc.string({ maxLength: 4 }),
    );
    const keys = fc.oneof(key, fc.array(key, { maxLength: 3 }));
    const actionsOf = (context: KeyContext) => defaultKeyMap[context].map(({ action }) => action);
    const own = fc.record({
      global: fc.dictionary(fc.constantFrom(...actionsOf('global')), keys, { maxKeys: 6 }),
      composer: fc.dictionary(fc.constantFrom(...actionsOf('composer')), keys, { maxKeys: 6 }),
      pane: fc.dictionary(fc.constantFrom(...actionsOf('pane')), keys, { maxKeys: 6 }),
    });
    fc.assert(
      fc.property(own, (tables) => {
        const { map } = keyMapWith({}, tables);
        for (const [context, bindings] of Object.entries(map)) {
          const all = bindings.flatMap((binding) => binding.keys);
          expect(new Set(all).size, context).toBe(all.length);
        }
        expect(keysOf(map, 'global', 'interrupt').length).toBeGreaterThan(0);
        expect(keysOf(map, 'global', 'back').length).toBeGreaterThan(0);
        expect(keysOf(map, 'composer', 'submit').length).toBeGreaterThan(0);
        expect(keysOf(map, 'pane', 'pane.leave').length).toBeGreaterThan(0);
      }),
    );
  });
});
