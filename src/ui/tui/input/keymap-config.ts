// What do a person's own keys make of the key map? The tables are shared with codex-cli: its names mean here what they
// mean there, as far as there is such an action.

import { readKey } from './key-name.ts';
import { type Binding, defaultKeyMap, type KeyContext, type KeyMap } from './keymap.ts';

/** As they stand in the configuration: context, action, key or keys. Anything else in them is said to be wrong. */
export type KeyTables = Readonly<Record<string, unknown>>;

export interface PersonsKeyMap {
  readonly map: KeyMap;
  /** `context action` of what the person changed. */
  readonly changed: ReadonlySet<string>;
  /** What is not in force, and why: a sentence each. */
  readonly notes: readonly string[];
}

/** Without a key for these nobody could stop anything, or come back. */
const NEEDED: readonly (readonly [KeyContext, string])[] = [
  ['global', 'interrupt'],
  ['global', 'back'],
  ['composer', 'submit'],
  ['pane', 'pane.leave'],
];

/** Where letters are text: one that does something else could not be typed any more. */
const WRITING: readonly KeyContext[] = ['global', 'composer', 'search', 'completion', 'picker', 'help'];

type Target = readonly [KeyContext, string];

/** Names of codex-cli. One that it has and that is missing here has no effect, and is said to have none. */
const SHARED: Readonly<Record<string, Readonly<Record<string, readonly Target[]>>>> = {
  global: {
    open_transcript: [['global', 'transcript']],
    open_external_editor: [['global', 'editor']],
    clear_terminal: [['global', 'redraw']],
    submit: [['composer', 'submit']],
    toggle_shortcuts: [['global', 'help']],
  },
  chat: { interrupt_turn: [['global', 'interrupt']] },
  composer: {
    submit: [['composer', 'submit']],
    toggle_shortcuts: [['global', 'help']],
    history_search_previous: [
      ['global', 'history.search'],
      ['search', 'search.previous'],
    ],
    history_search_next: [['search', 'search.next']],
  },
  editor: {
    insert_newline: [['composer', 'newline']],
    move_left: [['composer', 'move.left']],
    move_right: [['composer', 'move.right']],
    move_up: [['composer', 'move.up']],
    move_down: [['composer', 'move.down']],
    move_word_left: [['composer', 'move.word.left']],
    move_word_right: [['composer', 'move.word.right']],
    move_line_start: [['composer', 'move.home']],
    move_line_end: [['composer', 'move.end']],
    delete_backward: [['composer', 'delete.back']],
    delete_forward: [['composer', 'delete.forward']],
    delete_backward_word: [['composer', 'delete.word.back']],
    delete_forward_word: [['composer', 'delete.word.forward']],
    kill_line_start: [['composer', 'kill.home']],
    kill_line_end: [['composer', 'kill.end']],
    yank: [['composer', 'yank']],
  },
  pager: {
    scroll_up: [['transcript', 'scroll.up']],
    scroll_down: [['transcript', 'scroll.down']],
    page_up: [['transcript', 'scroll.page.up']],
    page_down: [['transcript', 'scroll.page.down']],
    jump_top: [['transcript', 'scroll.home']],
    jump_bottom: [['transcript', 'scroll.end']],
    close: [['transcript', 'view.close']],
  },
  list: {
    move_up: [
      ['picker', 'list.up'],
      ['completion', 'list.up'],
    ],
    move_down: [
      ['picker', 'list.down'],
      ['completion', 'list.down'],
    ],
    page_up: [['picker', 'list.page.up']],
    page_down: [['picker', 'list.page.down']],
    accept: [['picker', 'list.open']],
  },
};

interface Wish {
  /** As it stands in the file. */
  readonly name: string;
  readonly target: Target;
  readonly keys: readonly string[];
}

/** `shared`: `[tui.keymap]`. `own`: `[tui.keymap_ts]`, with contexts and actions of this program. */
export function keyMapWith(shared: KeyTables, own: KeyTables): PersonsKeyMap {
  const notes: string[] = [];
  const wishes = [...wishesOf(sharedTable, shared, notes), ...wishesOf(ownTable, own, notes)];
  let map: KeyMap = defaultKeyMap;
  const changed = new Set<string>();
  const taken = new Map<string, string>();
  for (const { name, target, keys } of wishes) {
    const [context, action] = target;
    const free = keys.filter((key) => {
      const other = taken.get(`${context} ${key}`);
      if (other === undefined || other === action) return true;
      notes.push(`${name}: ${key} is ${other} already.`);
      return false;
    });
    if (free.length === 0 && (keys.length > 0 || isNeeded(target))) {
      if (keys.length === 0) notes.push(`${name}: it needs a key.`);
      continue;
    }
    for (const key of free) taken.set(`${context} ${key}`, action);
    map = { ...map, [context]: rebound(map[context], action, free) };
    // The message is asked first: what is bound for everywhere would never be heard there.
    if (context === 'global') {
      const unsaid = free.filter((key) => !taken.has(`composer ${key}`));
      map = { ...map, composer: rebound(map.composer, null, unsaid) };
    }
    changed.add(target.join(' '));
  }
  return { map: withNeeded(map, notes), changed, notes };
}

function isNeeded([context, action]: Target): boolean {
  return NEEDED.some(([where, what]) => where === context && what === action);
}

/** The action (null: one of another place) has these keys, and no other action of this place has any of them. */
function rebound(bindings: readonly Binding[], action: string | null, keys: readonly string[]): readonly Binding[] {
  return bindings.map((binding) => {
    if (binding.action === action) return { ...binding, keys };
    const kept = binding.keys.filter((key) => !keys.includes(key));
    return kept.length === binding.keys.length ? binding : { ...binding, keys: kept };
  });
}

/** What lost its last key to another action gets its own back. */
function withNeeded(map: KeyMap, notes: string[]): KeyMap {
  let whole = map;
  // What gets its own back may take it from another one, which is looked at again.
  for (const [context, action] of [...NEEDED, ...NEEDED]) {
    if (whole[context].some((binding) => binding.action === action && binding.keys.length > 0)) continue;
    const keys = defaultKeyMap[context].find((binding) => binding.action === action)?.keys ?? [];
    notes.push(`${action} keeps ${keys.join(', ')}: without a key for it there would be no way back.`);
    whole = { ...whole, [context]: rebound(whole[context], action, keys) };
  }
  return whole;
}

// ----------------------------------------------------------------------------------------------------- the tables

interface Table {
  readonly name: 'keymap' | 'keymap_ts';
  readonly contexts: readonly string[];
  targets(context: string, action: string): readonly Target[];
}

const sharedTable: Table = {
  name: 'keymap',
  contexts: Object.keys(SHARED),
  targets: (context, action) => SHARED[context]?.[action] ?? [],
};

const ownTable: Table = {
  name: 'keymap_ts',
  // The letters of a question are what its card shows: no habit from elsewhere may answer it.
  contexts: Object.keys(defaultKeyMap).filter((context) => context !== 'card'),
  targets(context, action) {
    const known = Object.keys(defaultKeyMap).find((name): name is KeyContext => name === context);
    return known !== undefined && defaultKeyMap[known].some((binding) => binding.action === action)
      ? [[known, action]]
      : [];
  },
};

function wishesOf(table: Table, tables: KeyTables, notes: string[]): readonly Wish[] {
  return Object.entries(tables).flatMap(([context, actions]) => {
    const name = `tui.${table.name}.${context}`;
    if (!table.contexts.includes(context) || !isTable(actions)) {
      notes.push(`${name} has no effect here.`);
      return [];
    }
    return Object.entries(actions).flatMap(([action, written]) =>
      wishesFor(table.targets(context, action), `${name}.${action}`, written, notes),
    );
  });
}

function wishesFor(targets: readonly Target[], name: string, written: unknown, notes: string[]): readonly Wish[] {
  const texts = typeof written === 'string' ? [written] : written;
  if (targets.length === 0) notes.push(`${name} has no effect here.`);
  if (!Array.isArray(texts)) {
    notes.push(`${name} must be a key or a list of keys.`);
    return [];
  }
  const keys = texts.map((text: unknown) => ({ text, key: typeof text === 'string' ? readKey(text) : null }));
  for (const { text, key } of keys) if (key === null) notes.push(`${name}: ${JSON.stringify(text)} is no key.`);
  const known = [...new Set(keys.flatMap(({ key }) => (key === null ? [] : [key])))];
  // A list whose keys are all wrong was no wish for none.
  if (known.length === 0 && keys.length > 0) return [];
  return targets.map((target): Wish => ({ name, target, keys: typable(known, target, name, notes) }));
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typable(keys: readonly string[], [context]: Target, name: string, notes: string[]): readonly string[] {
  return keys.filter((key) => {
    const isText = [...key].length === 1 || key === 'space';
    if (!isText || !WRITING.includes(context)) return true;
    notes.push(`${name}: ${key} could not be typed any more.`);
    return false;
  });
}
