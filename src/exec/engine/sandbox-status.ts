// What does bubblewrap tell about the sandbox it made? Its `--json-status-fd` documents, one per line.

/** `init` is the namespace's first process as seen from the host; the command is its only child. */
export interface SandboxStatus {
  readonly init: { readonly pid: number; readonly pidNamespace: number | null } | null;
  /** Only there when the command itself ran to an end. */
  readonly exitCode: number | null;
}

/** Reads the documents so far; a line that is not finished yet counts as not there. */
export function parseSandboxStatus(text: string): SandboxStatus {
  const childPid = numberOf(text, 'child-pid');
  return {
    init: childPid === null ? null : { pid: childPid, pidNamespace: numberOf(text, 'pid-namespace') },
    exitCode: numberOf(text, 'exit-code'),
  };
}

/** The documents hold numbers only, so a whole JSON parser is not needed to read a half-written one safely. */
function numberOf(text: string, key: string): number | null {
  const digits = new RegExp(`"${key}": *(\\d+)\\s*[,}]`).exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
