// The help view: keys by context, then the commands, filtered by what was typed.

import { helpSections } from '../input/key-help.ts';
import type { PersonsKeyMap } from '../input/keymap-config.ts';
import { cutToWidth } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import { SLASH_COMMANDS } from './slash.ts';

const KEY_COLUMNS = 26;

export function helpRows({ map, changed }: PersonsKeyMap, filter: string, cols: number, look: Look): string[] {
  const sections = helpSections(map, 'global', filter, look.glyphs.name, changed);
  const commands = SLASH_COMMANDS.map(({ names, argument, text }) => ({
    keys: `/${names[0] ?? ''}${argument === '' ? '' : ` ${argument}`}`,
    help: text,
  })).filter(({ keys, help }) => `${keys} ${help}`.toLowerCase().includes(filter.toLowerCase()));
  const all = [...sections, ...(commands.length === 0 ? [] : [{ title: 'Commands', rows: commands }])];
  const rows = all.flatMap(({ title, rows: own }) => [
    paint(look, 'bold', title),
    ...own.map(({ keys, help }) => `  ${keys.padEnd(KEY_COLUMNS)} ${help}`),
    '',
  ]);
  return rows.map((row) => cutToWidth(row, cols - 1));
}
