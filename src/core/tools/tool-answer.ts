// What a call of a tool gives back to the model that made it.

import type { Json } from '../agent/response-item.ts';

export interface ToolAnswer {
  /** For the record and for whoever reads along. */
  readonly text: string;
  /** What the model gets instead of the text, where it is more than text (an image); null: the text. */
  readonly content: readonly Json[] | null;
}

export function textAnswer(text: string): ToolAnswer {
  return { text, content: null };
}
