// Which text do the escapes of C stand for, as shells and the GNU tools write names that not every terminal can show?

const named: Readonly<Record<string, number>> = { a: 7, b: 8, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** `\303\274` is `ü`: octal and hexadecimal escapes are bytes of UTF-8. */
export function cUnescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = [...text.matchAll(/\\([0-7]{1,3})|\\x([0-9A-Fa-f]{1,2})|\\([\s\S])|([^\\]+)/g)].map(
    ([, octal, hexadecimal, letter, plain]) => {
      if (octal !== undefined) return Buffer.of(Number.parseInt(octal, 8) % 256);
      if (hexadecimal !== undefined) return Buffer.of(Number.parseInt(hexadecimal, 16));
      const code = letter === undefined ? undefined : named[letter];
      return code === undefined ? Buffer.from(letter ?? plain ?? '') : Buffer.of(code);
    },
  );
  return Buffer.concat(bytes).toString('utf8');
}
