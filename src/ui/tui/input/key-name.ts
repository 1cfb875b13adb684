// Which key is meant by a name that a person wrote, and what is it called here?

import { LEADER } from './keymap.ts';

const MODIFIERS = ['ctrl', 'alt', 'shift', 'super'] as const;

const OTHER_NAMES: Readonly<Record<string, string>> = {
  escape: 'esc',
  return: 'enter',
  del: 'delete',
  ins: 'insert',
  pageup: 'page-up',
  pgup: 'page-up',
  pagedown: 'page-down',
  pgdn: 'page-down',
  pgdown: 'page-down',
  control: 'ctrl',
  option: 'alt',
  opt: 'alt',
  meta: 'alt',
  cmd: 'super',
  command: 'super',
  minus: '-',
  plus: '+',
};

const NAMED = new Set(
  'enter tab esc space backspace delete insert home end page-up page-down up down left right'.split(' '),
);

/** `ctrl-x t`, `leader t`, `Shift-Tab`, `pgdn`: the name used by the key map, or null when there is no such key. */
export function readKey(text: string): string | null {
  const words = text.trim().split(/\s+/);
  if (words.length === 2) {
    const [first = '', second = ''] = words;
    const leader = first.toLowerCase() === 'leader' ? LEADER : readOne(first);
    const key = readOne(second);
    return leader === LEADER && key !== null ? `${LEADER} ${key}` : null;
  }
  const only = words.length === 1 ? readOne(words[0] ?? '') : null;
  return only === LEADER ? null : only;
}

function readOne(word: string): string | null {
  const found: string[] = [];
  let rest = word;
  for (;;) {
    const match = /^([a-z]+)-(.+)$/i.exec(rest);
    const name = match?.[1]?.toLowerCase() ?? '';
    const modifier = MODIFIERS.find((one) => one === (OTHER_NAMES[name] ?? name));
    if (match === null || modifier === undefined) break;
    if (found.includes(modifier)) return null;
    found.push(modifier);
    rest = match[2] ?? '';
  }
  const key = baseKey(rest, found);
  if (key === null) return null;
  // A capital letter is typed with shift, and is called by what it types.
  const isTyped = [...key].length === 1 && found.length === 1 && found[0] === 'shift';
  if (isTyped) return key.toUpperCase();
  return [...MODIFIERS.filter((modifier) => found.includes(modifier)), key].join('-');
}

function baseKey(text: string, modifiers: readonly string[]): string | null {
  const lower = text.toLowerCase();
  const name = OTHER_NAMES[lower] ?? lower;
  if (NAMED.has(name)) return name;
  if (/^f(?:[1-9]|1\d|2[0-4])$/.test(name)) return name;
  if ([...text].length !== 1 || /\s/.test(text)) return name.length === 1 ? name : null;
  return modifiers.length > 0 ? lower : text;
}
