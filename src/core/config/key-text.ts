// How are keys and values written in a sentence?

/** As it is written in TOML: `model_providers."my server".name`. */
export function keyText(path: readonly string[]): string {
  return path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

/** Longer values are not repeated in a sentence. */
const MAX_VALUE = 60;

export function valueText(value: unknown): string {
  const text = typeof value === 'bigint' || value instanceof Date ? String(value) : JSON.stringify(value, plain);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** Whole numbers that JSON has no spelling for. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
