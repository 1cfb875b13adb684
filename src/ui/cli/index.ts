// The front ends without a screen.

export { helpText, type Invocation, type Resume, type SessionFlags, understand } from './arguments.ts';
export { doctorJson, type DoctorSection, doctorText, isHealthy } from './doctor.ts';
export { relaySandboxed } from './sandboxed.ts';
