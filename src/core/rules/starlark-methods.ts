// Which functions and methods come with the language of rule files?

import {
  type BuiltinCall,
  type BuiltinValue,
  list,
  sizeOf,
  textOf,
  tuple,
  typeOf,
  type Value,
} from './starlark-values.ts';

/** Functions every file may call. */
export const COMMON_FUNCTIONS: ReadonlyMap<string, BuiltinValue> = new Map(
  Object.entries({
    len: (call: BuiltinCall) => {
      const value = only(call);
      return typeof value === 'string' ? [...value].length : itemsOf(value, call).length;
    },
    range: (call: BuiltinCall) => {
      const numbers = call.positional.map((value) =>
        typeof value === 'number' ? value : call.fail('range needs numbers'),
      );
      const [start, stop, step] =
        numbers.length === 1 ? [0, numbers[0] ?? 0, 1] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1];
      if (numbers.length < 1 || numbers.length > 3 || step === 0)
        call.fail('range needs one to three numbers, and no step of 0');
      const length = Math.max(0, Math.ceil((stop - start) / step));
      call.spend(length);
      return list(Array.from({ length }, (_, index) => start + index * step));
    },
    str: (call: BuiltinCall) => spelled(only(call), call),
    bool: (call: BuiltinCall) => Boolean(only(call)),
    list: (call: BuiltinCall) => list([...itemsOf(call.positional[0] ?? tuple([]), call)]),
    tuple: (call: BuiltinCall) => tuple([...itemsOf(call.positional[0] ?? tuple([]), call)]),
    enumerate: (call: BuiltinCall) => list(itemsOf(only(call), call).map((item, index) => tuple([index, item]))),
    fail: (call: BuiltinCall) => call.fail(call.positional.map((value) => spelled(value, call)).join(' ')),
    print: () => null,
  }).map(([name, call]) => [name, { kind: 'builtin', name, call }]),
);

type Method<T> = (self: T, call: BuiltinCall) => Value;

const STRING_METHODS: Readonly<Record<string, Method<string>>> = {
  format: formatted,
  join: (self, call) => {
    const items = itemsOf(only(call), call).map((item) => text(item, call));
    call.spend(items.reduce((sum, item) => sum + item.length + self.length, 0));
    return items.join(self);
  },
  split: (self, call) => {
    call.spend(self.length);
    const [separator = null] = call.positional;
    if (separator === '') call.fail('a separator cannot be empty');
    return list(
      separator === null ? self.split(/\s+/).filter((word) => word !== '') : self.split(text(separator, call)),
    );
  },
  strip: (self) => self.trim(),
  lower: (self) => self.toLowerCase(),
  upper: (self) => self.toUpperCase(),
  startswith: (self, call) => self.startsWith(text(only(call), call)),
  endswith: (self, call) => self.endsWith(text(only(call), call)),
};

const LIST_METHODS: Readonly<Record<string, Method<Value[]>>> = {
  append: (self, call) => {
    self.push(only(call));
    return null;
  },
  extend: (self, call) => {
    for (const item of [...itemsOf(only(call), call)]) self.push(item);
    return null;
  },
};

const DICT_METHODS: Readonly<Record<string, Method<readonly (readonly [Value, Value])[]>>> = {
  keys: (self) => list(self.map(([key]) => key)),
  values: (self) => list(self.map(([, value]) => value)),
  items: (self) => list(self.map(([key, value]) => tuple([key, value]))),
};

/** The method of a value with this name, bound to it; null when there is none. */
export function methodOf(self: Value, name: string): BuiltinValue | null {
  const bound = <T>(methods: Readonly<Record<string, Method<T>>>, of: T, size: number): BuiltinValue | null => {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) return null;
    const call = (given: BuiltinCall): Value => {
      given.spend(size);
      return method(of, given);
    };
    return { kind: 'builtin', name, call };
  };
  if (typeof self === 'string') return bound(STRING_METHODS, self, self.length);
  if (self === null || typeof self !== 'object') return null;
  if (self.kind === 'list') return bound(LIST_METHODS, self.items, 1);
  return self.kind === 'dict' ? bound(DICT_METHODS, [...self.entries.values()], self.entries.size) : null;
}

/** What a loop over a value meets. */
export function itemsOf(value: Value, call: Pick<BuiltinCall, 'fail' | 'spend'>): readonly Value[] {
  if (value !== null && typeof value === 'object') {
    if (value.kind === 'list' || value.kind === 'tuple') {
      call.spend(value.items.length);
      return value.items;
    }
    if (value.kind === 'dict') {
      call.spend(value.entries.size);
      return [...value.entries.values()].map(([key]) => key);
    }
  }
  return call.fail(`a list is needed, but this is a value of type ${typeOf(value)}`);
}

function only(call: BuiltinCall): Value {
  const [value] = call.positional;
  if (value === undefined || call.positional.length !== 1 || call.named.size > 0)
    return call.fail('this call needs exactly one value');
  return value;
}

function text(value: Value, call: BuiltinCall): string {
  return typeof value === 'string'
    ? value
    : call.fail(`a string is needed, but this is a value of type ${typeOf(value)}`);
}

function spelled(value: Value, call: BuiltinCall): string {
  call.spend(sizeOf(value, 1_000_000));
  return textOf(value);
}

/** `{}`, `{0}` and `{name}` replaced; `{{` and `}}` are braces. */
function formatted(self: string, call: BuiltinCall): string {
  let used = 0;
  return self.replace(/\{\{|\}\}|\{(\w*)\}|[{}]/g, (found, name: string | undefined) => {
    if (found === '{{' || found === '}}') return found.charAt(0);
    if (name === undefined) return call.fail(`the ${found} in this string belongs to no pair`);
    const value =
      name === '' ? call.positional[used++] : /^\d+$/.test(name) ? call.positional[Number(name)] : call.named.get(name);
    return value === undefined ? call.fail(`there is no value for ${found}`) : spelled(value, call);
  });
}
