// The table of settings as a page to read: what docs/config.md holds.

import { HOOKS_PAGE } from './hooks-reference.ts';
import { PROFILE_PAGE } from './profile-reference.ts';
import { configReference } from './reference.ts';
import type { Setting, Settings } from './setting.ts';

/** One line of the reference. `key` is written as in the file, `name.<id>.key` below a table of tables. */
interface ReferenceRow {
  readonly key: string;
  readonly type: string;
  /** As a person would write it, `''` for none. */
  readonly unsaid: string;
  /** Whether a trusted project may say it. */
  readonly project: 'yes' | 'narrower' | 'no';
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
  return sectionsOf('', '', configReference, false);
}

function sectionsOf(table: string, text: string, settings: Settings, isOwn: boolean): readonly ReferenceSection[] {
  const at = (key: string): string => (table === '' ? key : `${table}.${key}`);
  const rows: ReferenceRow[] = [];
  const below: ReferenceSection[] = [];
  for (const [key, node] of Object.entries(settings)) {
    switch (node.kind) {
      case 'setting':
        rows.push({
          key: at(key),
          type: node.type,
          unsaid: node.unsaidText,
          project: projectWord(node, isOwn),
          text: node.text,
        });
        break;
      case 'table':
        below.push(...sectionsOf(at(key), node.text, node.settings, isOwn || node.isOwn));
        break;
      case 'each':
        below.push(...sectionsOf(`${at(key)}.${node.named}`, node.text, node.settings, isOwn || node.isOwn));
        break;
    }
  }
  return [{ table, text, rows }, ...below];
}

function projectWord({ project }: Setting<unknown>, isOwn: boolean): ReferenceRow['project'] {
  if (project.kind === 'narrower') return 'narrower';
  return isOwn || project.kind === 'ignored' ? 'no' : 'yes';
}

const HEAD = `# Configuration

This page is generated from the table in \`src/core/config/reference.ts\`; change it there and run
\`node scripts/config-reference.mjs\`.

The files are the same that codex-cli reads. They are layers; a higher one wins over those below it:

1. what is built in,
2. the system's \`/etc/codex/config.toml\`,
3. your own \`$CODEX_HOME/config.toml\` (\`~/.codex/config.toml\` unless CODEX_HOME says otherwise),
4. the project's \`.codex/config.toml\` in each folder from the root of the repository down to the one you work in,
5. the profile in force: \`[profiles.NAME]\` of the files of 2 and 3, then \`$CODEX_HOME/NAME.config.toml\`,
6. \`-c key=value\`, the last one highest, and then the other options of the command line.

Tables are put together key by key, lists replace each other, and hooks add up. \`codex config explain KEY\` says which
layer, file and line a value comes from and what it beat; without KEY all values that somebody set.

The project's files are read only when the folder is trusted (\`projects\`), and even then they set nothing that runs
programs, sends secrets or opens more: the column *project* says what is taken from them. \`narrower\`: only a value
that opens no more than what is in force below it. What is not taken is told with its line. A decision about a folder
is looked for under its real path, from the folder itself up to the root of its repository, and then, for a work tree,
under the repository that has it.

A value that is wrong is reported with its file and line and is not in force: what the layers below say is, or, where
your safety hangs on it, the narrowest value, which opens no more than they do. A file that is no TOML, or cannot be
read, counts as if every such value in it were wrong. No session is opened until a wrong value about the sandbox, the
questions, the variables of commands or hooks is corrected. What this program does not know has no effect and is
reported; settings of codex-cli that have no effect here yet are listed in one line for each file.
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
    '| key | value | unsaid | project | meaning |',
    '|---|---|---|---|---|',
    ...section.rows.map(rowText),
    '',
  ].join('\n');
}

function rowText(row: ReferenceRow): string {
  const key = row.key.split('.').at(-1) ?? row.key;
  return `| ${[code(key), code(row.type), row.unsaid === '' ? '' : code(row.unsaid), row.project, inCell(row.text)].join(' | ')} |`;
}

function code(text: string): string {
  return `\`${inCell(text)}\``;
}

/** A bar would end the cell, even inside code. */
function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
