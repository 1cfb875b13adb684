// What the rest of the core, and the composition root, may use of keys.

export { forgetKey, type StoredLogin, storedKey, storedLogin, storeKey } from './auth-file.ts';
export { type KeyReader, type KeySource, nameOfSource, openKeyReader } from './key-source.ts';
export { shownKey } from './key-text.ts';
