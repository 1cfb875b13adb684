// How does an error of the system become the failure of a call?

import { errnoOf, fail, type Result } from '../../problem/index.ts';
import { fileFailure, type RpcFailure } from '../protocol/failure.ts';

/** Runs what a call does. What the system refused is a value; anything else that is thrown is a defect, and stays one. */
export async function attempt<T>(work: () => Promise<Result<T, RpcFailure>>): Promise<Result<T, RpcFailure>> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail(fileFailure(error));
  }
}

/** True when nothing is at the place. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

function isSystemError(error: unknown): boolean {
  return /^E(?!RR_)/.test(errnoOf(error));
}
