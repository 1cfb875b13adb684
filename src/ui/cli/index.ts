// The front ends without a screen.

export { helpText, type Invocation, type Resume, type SessionFlags, understand } from './arguments.ts';
export { type DoctorSection, doctorJson, doctorText, isHealthy } from './doctor.ts';
export { relaySandboxed } from './sandboxed.ts';
