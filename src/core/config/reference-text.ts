// The table of settings as a page to read: what docs/config.md holds.

import { HOOKS_PAGE } from './hooks-reference.ts';
import { PROFILE_PAGE } from './profile-reference.ts';
import { configReference } from './reference.ts';
import type { Settings } from './setting.ts';

/** One line of the reference. `key` is written as in the file, `name.<id>.key` below a table of tables. */
interface ReferenceRow {
  readonly key: string;
  readonly type: string;
  /** As a person would write it, `''` for none. */
  readonly unsaid: string;
  readonly text: string;
}

interface ReferenceSection {
  /** `''` for the top of the file. */
  readonly table: string;
  readonly text: string;
  readonly rows: readonly ReferenceRow[];
}

/** Every setting once, grouped by table, in the order of the table in code. */
export function referenceSections(): readonly ReferenceSection[] {
  return sectionsOf('', '', configReference);
}

function sectionsOf(table: string, text: string, settings: Settings): readonly ReferenceSection[] {
  const at = (key: string): string => (table === '' ? key : `${table}.${key}`);
  const rows: ReferenceRow[] = [];
  const below: ReferenceSection[] = [];
  for (const [key, node] of Object.entries(settings)) {
    switch (node.kind) {
      case 'setting':
        rows.push({ key: at(key), type: node.type, unsaid: node.unsaidText, text: node.text });
        break;
      case 'table':
        below.push(...sectionsOf(at(key), node.text, node.settings));
        break;
      case 'each':
        below.push(...sectionsOf(`${at(key)}.${node.named}`, node.text, node.settings));
        break;
    }
  }
  return [{ table, text, rows }, ...below];
}

const HEAD = `# Configuration

This page is generated from the table in \`src/core/config/reference.ts\`; change it there and run
\`node scripts/config-reference.mjs\`.

The file is \`$CODEX_HOME/config.toml\` (\`~/.codex/config.toml\` unless CODEX_HOME says otherwise), the same that codex-cli
reads. A value that is wrong is reported with its line and is not in force: the default is, or, where your safety hangs
on it, the narrowest value. What this program does not know has no effect and is reported; settings of codex-cli that
have no effect here yet are listed in one line.
`;

export function referencePage(): string {
  return `${[HEAD, ...referenceSections().map(sectionText), PROFILE_PAGE, HOOKS_PAGE].join('\n').trimEnd()}\n`;
}

function sectionText(section: ReferenceSection): string {
  const title = section.table === '' ? '## Top of the file' : `## \`[${section.table}]\``;
  const text = section.text === '' ? [] : [section.text, ''];
  return [
    title,
    '',
    ...text,
    '| key | value | unsaid | meaning |',
    '|---|---|---|---|',
    ...section.rows.map(rowText),
    '',
  ].join('\n');
}

function rowText(row: ReferenceRow): string {
  const key = row.key.split('.').at(-1) ?? row.key;
  return `| ${[code(key), code(row.type), row.unsaid === '' ? '' : code(row.unsaid), inCell(row.text)].join(' | ')} |`;
}

function code(text: string): string {
  return `\`${inCell(text)}\``;
}

/** A bar would end the cell, even inside code. */
function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
