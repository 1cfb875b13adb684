// What can come from the person's terminal?

import type { Reply } from '../terminal/reply.ts';
import type { Key } from './key.ts';

export interface MouseEvent {
  readonly kind: 'mouse';
  readonly action: 'press' | 'release' | 'move' | 'wheel up' | 'wheel down';
  readonly button: 'left' | 'middle' | 'right' | 'none';
  /** Cell of the window, from 0. */
  readonly row: number;
  readonly col: number;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

export type InputEvent =
  | ({ readonly kind: 'key' } & Key)
  /** Pasted text with line feeds only; `isComplete` is false when its end never came. */
  | { readonly kind: 'paste'; readonly text: string; readonly isComplete: boolean }
  /** A paste above the limit: dropped, its size in bytes. */
  | { readonly kind: 'paste too large'; readonly bytes: number }
  | { readonly kind: 'focus'; readonly isFocused: boolean }
  | MouseEvent
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** Only while bytes are taken raw: what goes to the program. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  /** Ctrl-] ended raw taking; keys are parsed again. */
  | { readonly kind: 'left raw' }
  /** Ctrl-] again within 500 ms: it was meant for the program, and raw taking goes on. */
  | { readonly kind: 'back to raw' };
