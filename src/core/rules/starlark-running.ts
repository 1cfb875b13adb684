// What is known while a rule file runs, and how much may it still do?

import { type Place, StarlarkFault } from './starlark-tokens.ts';
import type { FunctionValue, Scope } from './starlark-values.ts';

/** A statement, a value, an item of a list, sixteen characters of a string each cost one. */
export const MOST_STEPS = 1_000_000;

export interface Running {
  /** The nearest first. Values are given to names of the first alone. */
  readonly scopes: readonly Scope[];
  /** Functions that are running, to find recursion. */
  readonly calls: readonly FunctionValue[];
  readonly budget: { steps: number };
}

export function spend(running: Running, steps: number, place: Place): void {
  running.budget.steps -= steps;
  if (running.budget.steps < 0) throw new StarlarkFault('this file takes too many steps', place);
}

export function refuse(message: string, place: Place): never {
  throw new StarlarkFault(message, place);
}
