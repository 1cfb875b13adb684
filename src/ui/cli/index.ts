// The front ends without a screen.

export type { ConfigFlags, Invocation, NamedResume, Resume, SessionFlags } from './arguments.ts';
export { type DoctorSection, doctorJson, doctorText, isHealthy } from './doctor.ts';
export { relaySandboxed } from './sandboxed.ts';
