// What this machine can do for a sandbox, as found by the probe.

import type { Diagnosis } from './diagnosis.ts';

/** The bubblewrap binary in use. `flags` are the long options its own help lists. */
export interface Bubblewrap {
  readonly path: string;
  readonly version: string;
  readonly flags: readonly string[];
}

export type HostFacts =
  | {
      readonly platform: 'linux';
      readonly arch: 'x64' | 'arm64';
      readonly uid: number;
      readonly bubblewrap: Bubblewrap;
      /** Absolute path, looked up once (util-linux; busybox has it too). */
      readonly setsid: string;
      /** False where a container forbids a fresh procfs; the plan then falls back and the doctor says so. */
      readonly canMountProc: boolean;
      /** Paths below /proc to cover for root, those that exist. */
      readonly procMasks: readonly string[];
      /** The file behind /etc/resolv.conf when it lies below /run; given back when the network is enabled. */
      readonly resolvConf: string | null;
      /** Folders below /run that programs cannot do without (NixOS keeps its programs there), those that exist. */
      readonly keptBelowRun: readonly string[];
    }
  | { readonly platform: 'darwin'; readonly sandboxExec: string; readonly userCacheDir: string | null };

/** One check of the probe, as `codex doctor` shows it. The ids are stable. */
export type ProbeCheck = {
  readonly id:
    | 'sandbox.platform'
    | 'sandbox.bubblewrap'
    | 'sandbox.setsid'
    | 'sandbox.user_namespaces'
    | 'sandbox.network'
    | 'sandbox.proc'
    | 'sandbox.seccomp'
    | 'sandbox.seatbelt';
  readonly detail: string;
} & (
  | { readonly status: 'ok' | 'skipped'; readonly diagnosis: null }
  /** `warning`: commands run, but not all is as it should be. */
  | { readonly status: 'warning' | 'failed'; readonly diagnosis: Diagnosis }
);

/** The outcome of a probe: facts to plan with, or the one problem that stops every sandboxed command here. */
export type HostProbe =
  | { readonly ready: true; readonly facts: HostFacts; readonly checks: readonly ProbeCheck[] }
  | { readonly ready: false; readonly problem: Diagnosis; readonly checks: readonly ProbeCheck[] };
