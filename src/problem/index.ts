// What went wrong, as a value: the leaf every room may import.

/**
 * Something a person may read. One renderer turns it into a card, a CLI line or JSON.
 * `what` happened, `why` (empty when it would not help), and `next`: what can be typed or done.
 */
export interface Problem {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

/** The outcome of something that can fail in a way a caller must look at. Exceptions are for defects only. */
export type Result<T, E = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(problem: E): { readonly ok: false; readonly problem: E } {
  return { ok: false, problem };
}

/** Ends every `switch` over a union, so that a new member does not compile until it is handled. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}

/** The sentence of a caught value: its message when it is an Error, its text otherwise. */
export function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The errno name (`ENOENT`, `EACCES`, …) of a caught value, or `''` when it carries none. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The three lines of a problem as plain text, empty ones left out. */
export function problemText(problem: Problem): string {
  return [problem.what, problem.why, problem.next].filter((line) => line !== '').join('\n');
}
