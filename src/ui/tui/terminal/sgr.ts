// Which colours and attributes are in force at a place in a text?

/** Attributes as written: SGR parameters without `CSI` and `m`; empty when the terminal's own look is in force. */
export interface SgrState {
  readonly foreground: string;
  readonly background: string;
  readonly underlineColour: string;
  /** Parameters such as `1`, `2`, `3`, `4`, `7`, sorted; `4:3` keeps its sub-parameter. */
  readonly attributes: readonly string[];
}

export const plainSgr: SgrState = { foreground: '', background: '', underlineColour: '', attributes: [] };

export const SGR_RESET = '\x1b[0m';

/** True for a complete `CSI … m`. */
export function isSgr(sequence: string): boolean {
  return /^\x1b\[[0-9;:]*m$/.test(sequence);
}

/** The state after one SGR sequence (`CSI … m`, ECMA-48 8.3.117 with xterm's 38, 48 and 58). */
export function afterSgr(state: SgrState, sequence: string): SgrState {
  const parameters = sequence.slice(2, -1).split(';');
  let { foreground, background, underlineColour } = state;
  let attributes = state.attributes;
  for (let index = 0; index < parameters.length; index += 1) {
    const parameter = parameters[index]!;
    const code = parameter === '' ? 0 : Number.parseInt(parameter, 10);
    if (code === 0) {
      foreground = background = underlineColour = '';
      attributes = [];
    } else if (code === 38 || code === 48 || code === 58) {
      const length = parameter.includes(':')
        ? 1
        : parameters[index + 1] === '5'
          ? 3
          : parameters[index + 1] === '2'
            ? 5
            : 1;
      const colour = parameters.slice(index, index + length).join(';');
      if (code === 38) foreground = colour;
      else if (code === 48) background = colour;
      else underlineColour = colour;
      index += length - 1;
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) foreground = String(code);
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) background = String(code);
    else if (code === 39) foreground = '';
    else if (code === 49) background = '';
    else if (code === 59) underlineColour = '';
    else if (code === 22) attributes = without(attributes, 1, 2);
    else if (code === 24 || parameter === '4:0') attributes = without(attributes, 4, 21);
    else if (code === 25) attributes = without(attributes, 5, 6);
    else if (code >= 23 && code <= 29) attributes = without(attributes, code - 20);
    else if (code === 55) attributes = without(attributes, 53);
    else if ((code >= 1 && code <= 9) || code === 21 || code === 53)
      attributes = [...without(attributes, code), parameter].sort();
  }
  return { foreground, background, underlineColour, attributes };
}

function without(attributes: readonly string[], ...codes: number[]): readonly string[] {
  return attributes.filter((attribute) => !codes.includes(Number.parseInt(attribute, 10)));
}

/** The sequence that puts a fresh terminal into this state; empty for the terminal's own look. */
export function sgrOf(state: SgrState): string {
  const parameters = [...state.attributes, state.foreground, state.background, state.underlineColour].filter(
    (parameter) => parameter !== '',
  );
  return parameters.length === 0 ? '' : `\x1b[${parameters.join(';')}m`;
}
