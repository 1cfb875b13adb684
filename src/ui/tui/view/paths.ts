// How a folder or file is named on screen.

/** The path with the person's home as `~`. */
export function withTilde(path: string, home: string): string {
  if (home === '' || home === '/') return path;
  if (path === home) return '~';
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** Every mention of the person's home in a sentence as `~`. */
export function withTildes(sentence: string, home: string): string {
  if (home === '' || home === '/') return sentence;
  return sentence
    .split(/(?<=\s|^)(?=\/)/)
    .map((part) => {
      const word = /^[^\s,:;]+/.exec(part)?.[0] ?? '';
      return withTilde(word, home) + part.slice(word.length);
    })
    .join('');
}

/** The last folder name, for narrow windows. */
export function folderName(path: string, home: string): string {
  if (path === home) return '~';
  return (
    path
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? '/'
  );
}
