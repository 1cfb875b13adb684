// How is the key map written for people?

import type { KeyContext, KeyMap } from './keymap.ts';

const shownNames: Readonly<Record<string, string>> = { up: '↑', down: '↓', left: '←', right: '→' };

/** A key as it is written for people: `Ctrl-X d`, `Alt-Enter`, `PgUp`. Arrows are words where glyphs are ASCII. */
export function shownKey(name: string, glyphs: 'unicode' | 'ascii' = 'unicode'): string {
  return name
    .split(' ')
    .map((key) => {
      const match = /^((?:(?:ctrl|alt|shift|super)-)*)(.+)$/.exec(key);
      const [, modifiers = '', base = key] = match ?? [];
      const shown =
        [...base].length === 1 ? (modifiers.includes('ctrl-') ? base.toUpperCase() : base) : namedFor(base, glyphs);
      return (
        modifiers.replace(/(^|-)([a-z])/g, (_all, dash: string, letter: string) => dash + letter.toUpperCase()) + shown
      );
    })
    .join(' ');
}

function namedFor(base: string, glyphs: 'unicode' | 'ascii'): string {
  if (base === 'page-up') return 'PgUp';
  if (base === 'page-down') return 'PgDn';
  const arrow = shownNames[base];
  if (arrow !== undefined && glyphs === 'unicode') return arrow;
  return base.charAt(0).toUpperCase() + base.slice(1);
}

const contextTitles: Readonly<Record<KeyContext, string>> = {
  global: 'Anywhere',
  composer: 'Message',
  card: 'Question',
  pane: 'Selected pane',
  picker: 'Earlier sessions',
  transcript: 'Transcript',
  search: 'Search',
  completion: 'List of completions',
  background: 'Background list',
  permissions: 'Permissions',
  help: 'Help',
};

export interface HelpSection {
  readonly title: string;
  readonly rows: readonly { readonly keys: string; readonly help: string }[];
}

/** The help text, made from the map: the section of `first` comes first; `filter` keeps rows that hold it. */
export function helpSections(
  map: KeyMap,
  first: KeyContext = 'global',
  filter = '',
  glyphs: 'unicode' | 'ascii' = 'unicode',
  /** `context action` of what the person changed: it is marked. */
  changed: ReadonlySet<string> = new Set(),
): readonly HelpSection[] {
  const contexts: KeyContext[] = [
    'global',
    'composer',
    'pane',
    'card',
    'search',
    'completion',
    'transcript',
    'picker',
    'background',
    'permissions',
    'help',
  ];
  const wanted = filter.toLowerCase();
  return [first, ...contexts.filter((context) => context !== first)]
    .map((context) => ({
      title: contextTitles[context],
      rows: map[context]
        .filter(({ help, keys }) => help !== '' && keys.length > 0)
        .map(({ keys, help, action }) => ({
          keys: keys
            .slice(0, 3)
            .map((key) => shownKey(key, glyphs))
            .join(', '),
          help: changed.has(`${context} ${action}`) ? `${help} (yours)` : help,
        }))
        .filter(({ keys, help }) => `${keys} ${help}`.toLowerCase().includes(wanted)),
    }))
    .filter(({ rows }) => rows.length > 0);
}
