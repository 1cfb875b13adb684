// How is a text of somebody else's put into a sentence of ours?

/** On one line, with nothing in it that acts on a terminal. */
export function shownText(text: string): string {
  return text
    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .trim();
}
