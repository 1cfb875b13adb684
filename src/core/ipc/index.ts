// A session from another terminal: where its socket lies, who may come, and the same door at the other end.

export { type AttachedDoor, type AttachOptions, attach, type Lost } from './client.ts';
export { type Listener, type ListenOptions, listen } from './listener.ts';
export type { PrivateFolder } from './private-folder.ts';
export {
  openKnownRuntimeFolders,
  openRuntimeFolder,
  type RuntimeFolder,
  type RuntimePlaces,
} from './runtime-folder.ts';
export { newSocketName, type SocketName } from './socket-name.ts';
export { type LookOptions, listLive, type SeenSocket } from './sockets.ts';
export type { ByeReason, OwnerFacts } from './wire.ts';
