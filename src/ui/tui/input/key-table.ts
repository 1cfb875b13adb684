// What does this key mean here?

import { type Key, nameOfKey } from './key.ts';
import { shownKey } from './key-help.ts';
import { type KeyContext, type KeyMap, LEADER, LEADER_MS } from './keymap.ts';

/** What a key press came to. */
export type KeyMeaning =
  | { readonly kind: 'action'; readonly action: string }
  /** The leader was pressed: the next key decides. */
  | { readonly kind: 'leader' }
  /** Leader and a key that continues nothing: neither is typed anywhere. */
  | { readonly kind: 'unknown chord'; readonly chord: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'none' };

/** A key map prepared for lookup: context, then key or chord, to action. */
export interface KeyTable {
  /**
   * What `key` means where `contexts` are asked in order. `leaderSince` is when the leader was pressed (ms), null when
   * it is not open; `Esc` and three seconds end it.
   */
  meaning(contexts: readonly KeyContext[], key: Key, leaderSince: number | null, now: number): KeyMeaning;
  /** Chords that go on after the leader, for the status line. */
  continuations(contexts: readonly KeyContext[]): readonly { readonly key: string; readonly help: string }[];
}

export function keyTableOf(map: KeyMap): KeyTable {
  const table = new Map<string, string>();
  for (const [context, bindings] of Object.entries(map))
    for (const { keys, action } of bindings) for (const key of keys) table.set(`${context} ${key}`, action);
  const find = (contexts: readonly KeyContext[], name: string): string | null => {
    for (const context of contexts) {
      const action = table.get(`${context} ${name}`);
      if (action !== undefined) return action;
    }
    return null;
  };

  return {
    meaning(contexts, key, leaderSince, now) {
      const name = nameOfKey(key);
      if (leaderSince !== null && now - leaderSince <= LEADER_MS) {
        if (name === 'esc') return { kind: 'none' };
        const action = find(contexts, `${LEADER} ${name}`);
        return action === null ? { kind: 'unknown chord', chord: `${LEADER} ${name}` } : { kind: 'action', action };
      }
      if (name === LEADER) return { kind: 'leader' };
      const action = find(contexts, name);
      if (action !== null) return { kind: 'action', action };
      return key.text === '' ? { kind: 'none' } : { kind: 'text', text: key.text };
    },
    continuations(contexts) {
      const seen = new Set<string>();
      return contexts.flatMap((context) =>
        map[context].flatMap(({ keys, help }) => {
          const chord = keys.find((key) => key.startsWith(`${LEADER} `));
          if (chord === undefined || help === '' || seen.has(chord)) return [];
          seen.add(chord);
          return [{ key: shownKey(chord.slice(LEADER.length + 1)), help }];
        }),
      );
    },
  };
}
