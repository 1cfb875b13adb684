// Into which words does a shell split an example that stands in a rule file as one string?

const PIECE = /\\\n|\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|#[^\n]*|[ \t\r\n]+|[^\s\\'"#]+|([\s\S])/y;

/** Quotes and backslashes are read, operators are words like any other. Null: a quote is never closed. */
export function exampleWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const found = PIECE.exec(text);
    if (found === null) return null;
    const [piece, escaped, single, double, sign] = found;
    if (/^[ \t\r\n]/.test(piece) || (piece.startsWith('#') && word === null)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (piece !== '\\\n') {
      if (sign !== undefined && /['"\\]/.test(sign)) return null;
      word = (word ?? '') + (escaped ?? single ?? double?.replace(/\\([$`"\\])/g, '$1') ?? piece);
    }
  }
  return word === null ? words : [...words, word];
}
