// Files a person may name in a message.

export { openSessionFiles } from './session-files.ts';
