// What commands of this session may do beyond the profile, one grant each, and what of it can be taken back?

import type { Command, GivenGrant, GrantValue, Transcript } from '../../../core/bus/index.ts';
import { cellWidth, cutEnd, cutMiddle, visible, wrap } from '../terminal/width.ts';
import { joined, type Look, paint } from '../view/look.ts';
import { counted } from '../view/numbers.ts';
import { timeText } from '../view/when.ts';
import { grantName, grantWords, networkWords } from '../view/words.ts';

/** Below so many columns a grant takes two rows. */
const NARROW_BELOW = 60;

/** `session ` and `always  `, so that what was granted stands in one column. */
const SCOPE_COLUMNS = 8;

/** Title, heading and keys. */
const CHROME_ROWS = 3;

const NO_GRANTS = 'No grants yet: what you allow for this session or always is listed here.';

export interface PermissionsView {
  readonly cols: number;
  /** Of the window; the list takes at most half of them. */
  readonly rows: number;
  /** Ms since 1970. */
  readonly now: number;
  readonly look: Look;
  /** Number of the marked grant. */
  readonly selected: number | null;
}

/** The list with its title above and its keys below, each row at most `cols - 1` wide. */
export function permissionsRows(transcript: Transcript, view: PermissionsView): string[] {
  const { cols, look } = view;
  const { session, grants } = transcript;
  const isNarrow = cols < NARROW_BELOW;
  const facts = session === null ? [] : [visible(session.profile), networkWords(session.network)];
  const room = Math.max(1, Math.floor((Math.floor(view.rows / 2) - CHROME_ROWS) / (isNarrow ? 2 : 1)));
  const at = Math.max(
    0,
    grants.findIndex(({ number }) => number === view.selected),
  );
  const from = Math.min(Math.max(0, at - room + 1), Math.max(0, grants.length - room));
  const shown = grants.slice(from, from + room);
  const more = grants.length > shown.length ? `${from + 1} to ${from + shown.length} of ${grants.length}` : '';
  return [
    `  ${cutEnd(joined(look, [paint(look, 'bold', 'Permissions'), ...facts]), Math.max(1, cols - 3), look.glyphs.ellipsis)}`,
    ...(grants.length === 0
      ? wrap(NO_GRANTS, Math.max(1, cols - 3)).map((row) => `  ${row}`)
      : [`  ${joined(look, ['Grants', more])}`, ...shown.flatMap((grant) => grantRows(grant, isNarrow, view))]),
    `  ${paint(look, 'dim', keysText(grants[at] ?? null, isNarrow, look))}`,
  ];
}

function grantRows(grant: GivenGrant, isNarrow: boolean, view: PermissionsView): string[] {
  const { cols, look } = view;
  const lead = `  ${grant.number === view.selected ? look.glyphs.pointer : ' '} `;
  const mark = grant.state === 'in force' ? '' : paint(look, 'warn', grant.state);
  const about = [`you, ${timeText(grant.at, view.now)}`, visible(grant.command.split('\n', 1)[0] ?? '')];
  const what = whatWords(grant, look.home);
  const wide = Math.max(1, cols - 1 - lead.length);
  if (isNarrow) {
    return [
      lead + cutMiddle(what, wide, look.glyphs.ellipsis),
      `    ${cutEnd(joined(look, [grant.scope, mark, ...about]), wide, look.glyphs.ellipsis)}`,
    ].map((row) => quiet(row, grant, look));
  }
  const tail = mark === '' ? '' : ` ${look.glyphs.separator} ${mark}`;
  const room = Math.max(1, wide - SCOPE_COLUMNS - 1 - cellWidth(tail));
  const rest = joined(look, about);
  const name = cutMiddle(what, Math.max(Math.floor(room / 2), room - cellWidth(rest) - 3), look.glyphs.ellipsis);
  const text = cutEnd(joined(look, [name, rest]), room, look.glyphs.ellipsis);
  return [quiet(`${lead}${grant.scope.padEnd(SCOPE_COLUMNS)} ${text}${tail}`, grant, look)];
}

/** What has no effect is dim; the word beside it says why. */
function quiet(row: string, { state }: GivenGrant, look: Look): string {
  return state === 'in force' ? row : paint(look, 'dim', row);
}

/** `write ~/.npm/_cacache`, `preset npm cache: 2 paths, 1 host`. */
function whatWords({ name, grants }: GivenGrant, home: string): string {
  const words =
    name === null
      ? grants.map((grant) => grantName(grant, home))
      : [
          ...counts(grants, ['write', 'read'], 'path'),
          ...counts(grants, ['unix_socket'], 'socket'),
          ...counts(grants, ['host'], 'host'),
          ...counts(grants, ['local_port'], 'server'),
          ...grants
            .filter(({ kind }) => kind === 'network' || kind === 'unsandboxed')
            .map((one) => grantName(one, home)),
        ];
  return name === null ? words.join(', ') : `preset ${visible(name)}: ${words.join(', ')}`;
}

function counts(grants: readonly GrantValue[], kinds: readonly GrantValue['kind'][], one: string): string[] {
  const count = grants.filter(({ kind }) => kinds.includes(kind)).length;
  return count === 0 ? [] : [counted(count, one)];
}

function keysText(grant: GivenGrant | null, isNarrow: boolean, look: Look): string {
  const keys =
    grant === null
      ? []
      : [
          ...(grant.state === 'revoked' ? [] : ['x revoke']),
          ...(grant.state === 'not restored' ? ['r restore'] : []),
          isNarrow ? 'Enter all' : 'Enter details',
        ];
  const all = [...keys, isNarrow ? 'Esc' : 'Esc close'];
  return isNarrow ? all.join('  ') : joined(look, all);
}

/** Everything about a grant, for a view of its own; wrapped to `cols - 1`. */
export function grantDetails(grant: GivenGrant, cols: number, now: number, look: Look): string[] {
  const until = grant.scope === 'session' ? 'until this session ends' : 'always, from the configuration';
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      grant.name === null ? 'Allows' : `Preset ${visible(grant.name)} allows`,
      grant.grants.map((one) => grantWords(one, '')),
    ],
    ['For', [grant.state === 'in force' ? until : `${until}; ${grant.state}`]],
    ['Given', [`by you, ${timeText(grant.at, now)}`]],
    ['Asked for by', grant.command.split('\n').map((line) => visible(line))],
  ];
  return sections.flatMap(([label, lines]) => [
    paint(look, 'bold', label),
    ...lines.flatMap((line) => wrap(line, Math.max(1, cols - 3)).map((row) => `  ${row}`)),
  ]);
}

// ---------------------------------------------------------------------------------------------------------- keys

export type PermissionsStep =
  | { readonly kind: 'select'; readonly grant: number | null }
  | { readonly kind: 'send'; readonly command: Extract<Command, { type: 'grant.revoke' | 'grant.restore' }> }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'details'; readonly grant: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'nothing' };

/** The newest is marked when the list opens: it is the one a person has just thought about. */
export function markedAtFirst({ grants }: Transcript): number | null {
  return grants.at(-1)?.number ?? null;
}

/** What an action of the key map leads to in the list. */
export function onPermissions({ grants }: Transcript, selected: number | null, action: string): PermissionsStep {
  const at = grants.findIndex(({ number }) => number === selected);
  const marked = grants[at];
  switch (action) {
    case 'list.up':
    case 'list.down': {
      const next = grants[Math.max(0, Math.min(grants.length - 1, at + (action === 'list.up' ? -1 : 1)))];
      return { kind: 'select', grant: next?.number ?? null };
    }
    case 'grant.revoke':
      if (marked === undefined) return { kind: 'nothing' };
      return marked.state === 'revoked'
        ? { kind: 'say', text: 'this one is revoked already' }
        : { kind: 'send', command: { type: 'grant.revoke', grant: marked.number } };
    case 'grant.restore':
      if (marked === undefined) return { kind: 'nothing' };
      return marked.state === 'not restored'
        ? { kind: 'send', command: { type: 'grant.restore', grant: marked.number } }
        : { kind: 'say', text: 'r restores what an earlier run of this session was given' };
    case 'grant.details':
      return marked === undefined ? { kind: 'nothing' } : { kind: 'details', grant: marked.number };
    case 'view.close':
      return { kind: 'close' };
    default:
      return { kind: 'nothing' };
  }
}
