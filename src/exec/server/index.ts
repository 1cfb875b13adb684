// What the composition root may know of the server.

export { SYSTEM_FOLDER } from '../discovery/environment-config.ts';
export type { FileHelper } from '../files/helper-profile.ts';
export { ownProgramPlaces } from '../files/program-places.ts';
export { type Authenticate, openAuthentication } from './authentication.ts';
export type { Answer, Family, FamilyCalls, FamilyMethod, OpenFamily, Outcome, Tell } from './calls.ts';
export type { WireAccess, WireDenial, WireGrant } from './denial-details.ts';
export { homeFolder } from './environment-info.ts';
export { type ExecServer, type ExecServerOptions, mayListenOn, openExecServer } from './exec-server.ts';
export { FAMILY_CAPABILITIES, type FamilyOptions, familyOpener } from './family.ts';
export { carryLines } from './lines-carrier.ts';
export { type ListenTarget, listenUrl } from './listen-target.ts';
export { boundProfileOf, type SandboxDefaults } from './sandbox-intent.ts';
export { EXIT_ON_STDIN_CLOSE, type ServerArguments, understandServer } from './server-arguments.ts';
