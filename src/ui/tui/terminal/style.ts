// How does a role look on this terminal: which SGR, which glyphs?

/** What a piece of text is, never which colour it has. Meaning is always in a word too. */
export type Role =
  | 'ok'
  | 'warn'
  | 'bad'
  | 'blocked'
  | 'note'
  | 'dim'
  | 'bold'
  | 'italic'
  | 'underline'
  | 'strike'
  | 'code'
  | 'accent'
  | 'inverse';

/**
 * `plain`: no escape sequences at all (no terminal). `none`: no colours, but bold, dim and inverse.
 */
export type ColourDepth = 'plain' | 'none' | '16' | '256' | 'truecolour';

/** What is known of the terminal's background; tints are only used when it is known. */
export type Background = 'dark' | 'light' | 'unknown';

type Environment = Readonly<Record<string, string | undefined>>;

/** `--color`: the person's word, which wins over every variable. */
export type ColourWish = 'never' | 'auto' | 'always';

/** Decides the colour depth from `--color`, FORCE_COLOR, NO_COLOR, COLORTERM and TERM, in this order. */
export function colourDepth(env: Environment, isTTY: boolean, wish: ColourWish = 'auto'): ColourDepth {
  if (wish === 'never') return isTTY && env.TERM !== 'dumb' ? 'none' : 'plain';
  const forced = forcedDepth(env.FORCE_COLOR);
  if (wish === 'auto') {
    if (forced !== null) return forced;
    if (!isTTY || env.TERM === 'dumb') return 'plain';
    if ((env.NO_COLOR ?? '') !== '') return 'none';
  }
  const able = ableDepth(env);
  return forced === null || forced === 'none' ? able : forced;
}

function forcedDepth(value: string | undefined): ColourDepth | null {
  switch (value) {
    case undefined:
      return null;
    case '0':
    case 'false':
      return 'none';
    case '2':
      return '256';
    case '3':
      return 'truecolour';
    default:
      return '16';
  }
}

function ableDepth(env: Environment): ColourDepth {
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 'truecolour';
  return /-256color$|-direct$/.test(env.TERM ?? '') ? '256' : '16';
}

interface Tint {
  readonly basic: number;
  readonly dark: readonly [indexed: number, rgb: number];
  readonly light: readonly [indexed: number, rgb: number];
}

const tints = {
  ok: { basic: 32, dark: [71, 0x5faf5f], light: [22, 0x207020] },
  warn: { basic: 33, dark: [178, 0xd7af00], light: [94, 0x8a6d00] },
  bad: { basic: 31, dark: [203, 0xff5f5f], light: [124, 0xb00000] },
  blocked: { basic: 35, dark: [176, 0xd787d7], light: [90, 0x87005f] },
  note: { basic: 34, dark: [69, 0x5f87ff], light: [26, 0x0040c0] },
  code: { basic: 36, dark: [80, 0x5fd7d7], light: [23, 0x005f6f] },
  accent: { basic: 36, dark: [80, 0x5fd7d7], light: [23, 0x005f6f] },
} as const satisfies Partial<Record<Role, Tint>>;

function colourOf(tint: Tint, depth: ColourDepth, background: Background): string {
  if (depth === 'plain' || depth === 'none') return '';
  if (depth === '16' || background === 'unknown') return String(tint.basic);
  const [indexed, rgb] = tint[background];
  return depth === '256' ? `38;5;${indexed}` : `38;2;${rgb >> 16};${(rgb >> 8) & 255};${rgb & 255}`;
}

/** SGR parameters of a role, and the ones that end it; empty when the role has no look here. */
function parametersOf(role: Role, depth: ColourDepth, background: Background): readonly [on: string, off: string] {
  if (depth === 'plain') return ['', ''];
  switch (role) {
    case 'dim':
      return ['2', '22'];
    case 'bold':
      return ['1', '22'];
    case 'italic':
      return ['3', '23'];
    case 'underline':
      return ['4', '24'];
    case 'strike':
      return ['9', '29'];
    case 'inverse':
      return ['7', '27'];
    default: {
      const colour = colourOf(tints[role], depth, background);
      return [colour, colour === '' ? '' : '39'];
    }
  }
}

/** Puts text into a role. Roles nest: an inner role is ended without ending the outer one. */
export interface Style {
  readonly depth: ColourDepth;
  paint(role: Role, text: string): string;
}

const roles: readonly Role[] = [
  'ok',
  'warn',
  'bad',
  'blocked',
  'note',
  'dim',
  'bold',
  'italic',
  'underline',
  'strike',
  'code',
  'accent',
  'inverse',
];

export function createStyle(depth: ColourDepth, background: Background = 'unknown'): Style {
  const sequences = new Map(
    roles.map((role) => {
      const [on, off] = parametersOf(role, depth, background);
      return [role, on === '' ? null : ([`\x1b[${on}m`, `\x1b[${off}m`] as const)];
    }),
  );
  return {
    depth,
    paint(role, text) {
      const pair = sequences.get(role);
      if (pair === null || pair === undefined || text === '') return text;
      const [on, off] = pair;
      // An inner end of the same kind would end this role as well: it is taken up again behind it.
      return on + (text.includes(off) ? text.replaceAll(off, off + on) : text) + off;
    },
  };
}

/** The characters of our own that are not ASCII; all are one column wide in every terminal of their set. */
export interface Glyphs {
  readonly name: 'unicode' | 'ascii';
  readonly prompt: string;
  readonly shellPrompt: string;
  readonly ellipsis: string;
  readonly separator: string;
  readonly rule: string;
  readonly pointer: string;
  readonly up: string;
  readonly down: string;
  readonly newline: string;
  /** Frames of the running spinner, one each 125 ms; `still` where nothing may move. */
  readonly spinner: readonly string[];
  readonly still: string;
}

export const unicodeGlyphs: Glyphs = {
  name: 'unicode',
  prompt: '❯',
  shellPrompt: '$',
  ellipsis: '…',
  separator: '·',
  rule: '─',
  pointer: '▸',
  up: '↑',
  down: '↓',
  newline: '⏎',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧'],
  still: '⠶',
};

export const asciiGlyphs: Glyphs = {
  name: 'ascii',
  prompt: '>',
  shellPrompt: '$',
  ellipsis: '..',
  separator: '-',
  rule: '-',
  pointer: '>',
  up: '^',
  down: 'v',
  newline: '\\n',
  spinner: ['*'],
  still: '*',
};

/** ASCII where the locale is not UTF-8 or the terminal is known to lack the glyphs. */
export function glyphsFor(env: Environment): Glyphs {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '') ?? '';
  if (!/utf-?8/i.test(locale)) return asciiGlyphs;
  return /^(?:linux|dumb|vt\d.*)$/.test(env.TERM ?? '') ? asciiGlyphs : unicodeGlyphs;
}
