// How two absolute paths relate to each other, without looking at a disk.

/** True when `path` is `folder` or lies anywhere below it. Both absolute and normalised. */
export function isWithin(path: string, folder: string): boolean {
  if (folder === '/') return path.startsWith('/');
  return path === folder || (path.startsWith(folder) && path.charCodeAt(folder.length) === 47);
}

/** True when `path` lies below `folder`, and is not the folder itself. */
export function isBelow(path: string, folder: string): boolean {
  return path !== folder && isWithin(path, folder);
}

/** Names between the root and the path: 0 for `/`. */
export function depthOf(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1;
}

/** Parents before children; siblings by name, so that equal sets give equal lists. */
export function byDepth(a: string, b: string): number {
  return depthOf(a) - depthOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** The folders strictly between `folder` and `path`, outermost first. Empty for a direct child. */
export function foldersBetween(folder: string, path: string): string[] {
  const between: string[] = [];
  const start = folder === '/' ? 1 : folder.length + 1;
  for (let slash = path.indexOf('/', start); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    between.push(path.slice(0, slash));
  }
  return between;
}

/** The longest of `folders` that holds `path` (itself included), or null. */
export function nearestFolder(path: string, folders: Iterable<string>): string | null {
  let nearest: string | null = null;
  for (const folder of folders) {
    if (isWithin(path, folder) && (nearest === null || folder.length > nearest.length)) nearest = folder;
  }
  return nearest;
}

/** A path as a person writes it: `~` for the home folder. */
export function tildePath(path: string, home: string): string {
  if (home === '' || home === '/' || !isWithin(path, home)) return path;
  return `~${path.slice(home.length)}`;
}
