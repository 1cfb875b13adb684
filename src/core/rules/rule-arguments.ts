// Did a rule get what it needs: the right names, of the right types?

import { type BuiltinCall, typeOf, type Value } from './starlark-values.ts';

/** Arguments by name, wherever they stood. */
export type Arguments = ReadonlyMap<string, Value>;

/** Gives arguments without a name the names in their order; fails for those that are missing, unknown or doubled. */
export function argumentsOf(
  call: BuiltinCall,
  name: string,
  required: readonly string[],
  optional: readonly string[],
): Arguments {
  const names = [...required, ...optional];
  const extra = [...call.named.keys()].filter((key) => !names.includes(key));
  if (extra.length > 0) {
    call.fail(`Found ${extra.map((key) => `\`${key}\``).join(', ')} extra named parameter(s) for call to ${name}`);
  }
  if (call.positional.length > names.length) call.fail(`there are too many values in this call to ${name}`);
  const given = new Map(call.named);
  for (const [index, value] of call.positional.entries()) {
    const key = names[index] ?? '';
    if (given.has(key)) call.fail(`\`${key}\` is given twice in this call to ${name}`);
    given.set(key, value);
  }
  const missing = required.find((key) => !given.has(key));
  if (missing !== undefined) call.fail(`\`${missing}\` is missing in this call to ${name}`);
  // None is how Starlark says that nothing is given.
  for (const key of optional) if (given.get(key) === null) given.delete(key);
  return given;
}

export function stringIn(call: BuiltinCall, given: Arguments, key: string): string {
  const value = given.get(key);
  return typeof value === 'string' ? value : call.fail(`\`${key}\` must be a string (got ${typeOf(value ?? null)})`);
}

/** The items of a list; empty when it is not given. */
export function itemsIn(call: BuiltinCall, given: Arguments, key: string): readonly Value[] {
  if (!given.has(key)) return [];
  const value = given.get(key) ?? null;
  return listItems(value) ?? call.fail(`\`${key}\` must be a list (got ${typeOf(value)})`);
}

/** The items of a list or tuple; null for anything else. */
export function listItems(value: Value): readonly Value[] | null {
  if (value === null || typeof value !== 'object') return null;
  return value.kind === 'list' || value.kind === 'tuple' ? value.items : null;
}

/** Null when it is not given. A text of blanks says nothing to anybody. */
export function justificationIn(call: BuiltinCall, given: Arguments): string | null {
  if (!given.has('justification')) return null;
  const text = stringIn(call, given, 'justification');
  return text.trim() === '' ? call.fail('justification cannot be empty') : text;
}
