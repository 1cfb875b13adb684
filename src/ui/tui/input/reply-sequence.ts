// Which answer or report of the terminal is a sequence?

import { parseColour, type Reply } from '../terminal/reply.ts';
import type { InputEvent, MouseEvent } from './event.ts';
import type { ControlSequence } from './key-sequence.ts';

/**
 * The answer, focus or mouse report in a CSI sequence; null when it is a key or nothing known.
 * `CSI row ; col R` is always an answer: as a key it would be a modified F3, which therefore cannot be bound.
 */
export function reportOfSequence(sequence: ControlSequence, text: string): InputEvent | null {
  const { prefix, parameters, intermediates, final } = sequence;
  const reply = (value: Reply): InputEvent => ({ kind: 'reply', reply: value });
  if (prefix === '<' && (final === 'M' || final === 'm')) return mouseOf(parameters, final === 'm');
  if (prefix === '' && parameters === '' && (final === 'I' || final === 'O'))
    return { kind: 'focus', isFocused: final === 'I' };
  if (final === 'n') {
    if (prefix === '' && parameters === '0') return reply({ kind: 'status' });
    if (prefix === '?' && /^997;[12]$/.test(parameters))
      return reply({ kind: 'light or dark', background: parameters.endsWith('1') ? 'dark' : 'light' });
    return reply({ kind: 'other', sequence: text });
  }
  if (final === 'R' && parameters !== '') {
    const match = /^(\d+);(\d+)/.exec(parameters);
    if (match !== null) return reply({ kind: 'cursor position', row: Number(match[1]), col: Number(match[2]) });
  }
  if (prefix === '?' && final === 'c') return reply({ kind: 'device attributes', parameters });
  if (prefix === '?' && final === 'u')
    return reply({ kind: 'kitty keyboard', flags: Number.parseInt(parameters, 10) || 0 });
  if (prefix === '?' && intermediates === '$' && final === 'y') {
    const [mode = '0', state = '0'] = parameters.split(';');
    return reply({ kind: 'mode', mode: Number(mode), state: Number(state) });
  }
  if (prefix !== '' || intermediates !== '' || final === 'c' || final === 't')
    return reply({ kind: 'other', sequence: text });
  return null;
}

/** SGR mouse report (xterm, mode 1006). */
function mouseOf(parameters: string, isRelease: boolean): MouseEvent | null {
  const [bits = 0, col = 1, row = 1] = parameters.split(';').map(Number);
  if (![bits, col, row].every(Number.isInteger)) return null;
  const action =
    (bits & 64) !== 0
      ? (bits & 1) === 0
        ? 'wheel up'
        : 'wheel down'
      : (bits & 32) !== 0
        ? 'move'
        : isRelease
          ? 'release'
          : 'press';
  const button = (['left', 'middle', 'right', 'none'] as const)[bits & 3] ?? 'none';
  return {
    kind: 'mouse',
    action,
    button: action.startsWith('wheel') ? 'none' : button,
    row: row - 1,
    col: col - 1,
    shift: (bits & 4) !== 0,
    alt: (bits & 8) !== 0,
    ctrl: (bits & 16) !== 0,
  };
}

/** The answer in an OSC or DCS string (without introducer and terminator). */
export function replyOfString(introducer: ']' | 'P' | '_', body: string): Reply {
  if (introducer === ']') {
    const match = /^(10|11);(.*)$/.exec(body);
    const rgb = match === null ? null : parseColour(match[2] ?? '');
    if (rgb !== null) return { kind: 'colour', of: match?.[1] === '10' ? 'foreground' : 'background', rgb };
  }
  if (introducer === 'P' && body.startsWith('>|')) return { kind: 'terminal name', name: body.slice(2) };
  return { kind: 'other', sequence: `\x1b${introducer}${body}\x1b\\` };
}
