// What text is written as $'…'?

const SIGNS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c([\s\S]))|\\([\s\S])/g;

/** The text between the quotes with its escapes resolved. As in bash, a zero byte ends it. */
export function escapedText(source: string): string {
  const text = source.replace(ESCAPE, (_, ...found: (string | undefined)[]) => {
    const [octal, byte, short, long, control, sign] = found;
    if (sign !== undefined) return SIGNS[sign] ?? (/^["'?\\]$/.test(sign) ? sign : `\\${sign}`);
    if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    const code = Number.parseInt(byte ?? short ?? long ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
  const zero = text.indexOf('\0');
  return zero === -1 ? text : text.slice(0, zero);
}
