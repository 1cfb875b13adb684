// Some models write their thoughts in front of the answer, between two marks, and their servers pass it all on as one
// text. The marks may come in pieces.

const OPENING = '<think>';
const CLOSING = '</think>';

export interface Split {
  readonly thought: string;
  readonly said: string;
}

export interface ThinkMarks {
  take(piece: string): Split;
  /** What was held back because a mark might have begun with it. */
  end(): Split;
}

export function openThinkMarks(): ThinkMarks {
  let state: 'start' | 'thinking' | 'before answer' | 'saying' = 'start';
  let held = '';

  return {
    take(piece) {
      if (state === 'saying') return { thought: '', said: piece };
      held += piece;
      let thought = '';
      if (state === 'start') {
        const begun = held.trimStart();
        if (begun.startsWith(OPENING)) {
          state = 'thinking';
          held = begun.slice(OPENING.length);
        } else if (!OPENING.startsWith(begun)) {
          state = 'saying';
        }
      }
      if (state === 'thinking') {
        const end = held.indexOf(CLOSING);
        const upTo = end < 0 ? held.length - begunMark(held) : end;
        thought = held.slice(0, upTo);
        held = held.slice(end < 0 ? upTo : end + CLOSING.length);
        if (end >= 0) state = 'before answer';
      }
      if (state === 'before answer') {
        held = held.trimStart();
        if (held !== '') state = 'saying';
      }
      if (state !== 'saying') return { thought, said: '' };
      const said = held;
      held = '';
      return { thought, said };
    },
    end() {
      const rest = held;
      held = '';
      return state === 'thinking' ? { thought: rest, said: '' } : { thought: '', said: state === 'start' ? rest : '' };
    },
  };
}

/** How much at the end may be the beginning of the closing mark, and waits. */
function begunMark(text: string): number {
  for (let length = Math.min(CLOSING.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(CLOSING.slice(0, length))) return length;
  }
  return 0;
}

/** Where the opening mark was a part of what the model was asked, only the closing one comes. */
export function withoutThoughts(answer: string): string {
  const end = answer.indexOf(CLOSING);
  const before = answer.slice(0, Math.max(0, end));
  // Whoever writes about the marks writes both, or quotes them.
  const isQuoted = before.includes(OPENING) || before.includes('`') || before.endsWith('"');
  return end < 0 || isQuoted ? answer : answer.slice(end + CLOSING.length).trimStart();
}
