// What a launch needs, as data: computed here, carried out by the engine.

/**
 * How to start one command so that it can touch what its profile says and nothing else.
 *
 * `bubblewrap`: the engine appends, in this order, `--args N` for each descriptor to close, `options`,
 * `--json-status-fd N`, `--seccomp N` (fed with `filter`), `--`, for a PTY `setsid -c`, and the command.
 * `seatbelt`: `program`, `options`, `--`, the command. `none`: the command itself.
 */
export type LaunchPlan =
  | {
      readonly backend: 'bubblewrap';
      readonly program: string;
      readonly options: readonly string[];
      /** A compiled classic-BPF program, a multiple of 8 bytes. */
      readonly filter: Uint8Array;
      /** Absolute path of `setsid`, which gives the command a controlling terminal inside. */
      readonly setsid: string;
    }
  | { readonly backend: 'seatbelt'; readonly program: string; readonly options: readonly string[] }
  | { readonly backend: 'none' };

/**
 * A loopback that the engine has put something on: the proxy at `proxyPort` (null: none), and the profile's
 * `localPorts`. On Linux it is in a network namespace, which the launch is started inside of.
 */
export interface PreparedLoopback {
  readonly proxyPort: number | null;
}
