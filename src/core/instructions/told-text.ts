// How does a text from a file stand in what a model is told, so that nothing in it can pass for ours?

/** Between two marks, and no line of it can be taken for one of them. `about` is what the first mark says of it. */
export function marked(mark: string, about: Readonly<Record<string, string>>, text: string): string {
  const attributes = Object.entries(about).map(([name, value]) => ` ${name}="${inOneLine(value)}"`);
  const inner = text.trim().replace(new RegExp(`<(?=/?${mark}\\b)`, 'gi'), '&lt;');
  return `<${mark}${attributes.join('')}>\n${inner}\n</${mark}>`;
}

/** A path can hold anything: line breaks and quotes of its own would end the mark it stands in. */
function inOneLine(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/"/g, '&quot;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/** A text of a person's or a project's in one line, cut between characters; `''` for none. */
export function shortLine(text: string, most: number): string {
  const line = text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  if (line.length <= most) return line;
  const cut = line.slice(0, most - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
