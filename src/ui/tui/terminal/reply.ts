// What may a terminal answer or report that is not a key?

export type Reply =
  /** `CSI 0 n`: it has read everything sent before the status request. */
  | { readonly kind: 'status' }
  | { readonly kind: 'device attributes'; readonly parameters: string }
  /** `CSI row ; col R`, both from 1. */
  | { readonly kind: 'cursor position'; readonly row: number; readonly col: number }
  | { readonly kind: 'kitty keyboard'; readonly flags: number }
  | { readonly kind: 'mode'; readonly mode: number; readonly state: number }
  | { readonly kind: 'light or dark'; readonly background: 'dark' | 'light' }
  /** OSC 10 (foreground) and 11 (background): red, green, blue from 0 to 1. */
  | {
      readonly kind: 'colour';
      readonly of: 'foreground' | 'background';
      readonly rgb: readonly [number, number, number];
    }
  /** Answer to XTVERSION, such as `tmux 3.3a`. */
  | { readonly kind: 'terminal name'; readonly name: string }
  /** A sequence in the form of an answer that nobody here asked for. */
  | { readonly kind: 'other'; readonly sequence: string };

/** `rgb:ffff/8080/0000` and its shorter forms (XParseColor), or null. */
export function parseColour(text: string): readonly [number, number, number] | null {
  const match = /^rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(text);
  if (match === null) return null;
  const part = (index: number): number => {
    const digits = match[index] ?? '0';
    return Number.parseInt(digits, 16) / (16 ** digits.length - 1);
  };
  return [part(1), part(2), part(3)];
}
