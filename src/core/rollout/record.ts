// What one line of a rollout looks like, and which lines carry an ordinal.

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Record types that codex-cli knows and we write too. It expects an ordinal on each, contiguous from 0. */
const SHARED_TYPES = ['session_meta', 'turn_context', 'response_item', 'event_msg', 'compacted'] as const;
export type SharedType = (typeof SHARED_TYPES)[number];

/** Record types of our own. codex-cli passes over them as long as they carry no ordinal. */
export type OwnType = `codex_ts.${string}`;

/** One record before it is written. `extra` stands beside the payload, where codex-cli does not look. */
export interface RecordLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: SharedType | OwnType;
  readonly payload: JsonObject;
  readonly extra: JsonObject | null;
}

/** Version of our own records, in `codex_ts.session`. */
export const FORMAT_VERSION = 1;

export function isNumbered(type: string): boolean {
  return SHARED_TYPES.some((shared) => shared === type);
}

/** The line as it stands in the file, without its `\n`. `ordinal` null: the file has none, or the type takes none. */
export function writtenForm(record: RecordLine, ordinal: number | null): string {
  return JSON.stringify({
    timestamp: new Date(record.at).toISOString(),
    ...(ordinal === null ? {} : { ordinal }),
    type: record.type,
    payload: record.payload,
    ...(record.extra === null ? {} : { codex_ts: record.extra }),
  });
}

/** A record as it was read: everything optional that a damaged or foreign file may lack. */
export interface ReadRecord {
  /** Milliseconds since 1970; null when the time stamp is missing or unreadable. */
  readonly at: number | null;
  readonly ordinal: number | null;
  readonly type: string;
  readonly payload: JsonObject;
  readonly extra: JsonObject | null;
}

/** Reads one line. `blank` is no damage; `damaged` is a line that is there and cannot be understood. */
export function parseLine(text: string): ReadRecord | 'blank' | 'damaged' {
  // A byte order mark, CR of CRLF, and the NUL bytes that a power cut leaves are not part of a record. Most lines have
  // none of these, and looking for them takes as long as reading the record.
  const isBare = text.startsWith('{') && text.endsWith('}');
  const trimmed = isBare ? text : text.replace(/^[\uFEFF\0\s]+|[\0\s]+$/g, '');
  if (trimmed === '') return text.includes('\0') ? 'damaged' : 'blank';
  const value = parseJson(trimmed);
  if (!isObject(value)) return 'damaged';
  const { timestamp, ordinal, type, payload } = value;
  if (typeof type !== 'string' || !isObject(payload)) return 'damaged';
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return {
    at: Number.isFinite(at) && at >= 0 ? at : null,
    ordinal: typeof ordinal === 'number' && Number.isSafeInteger(ordinal) && ordinal >= 0 ? ordinal : null,
    type,
    payload,
    extra: objectIn(value, 'codex_ts'),
  };
}

/** The value of JSON text, or undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    // Not JSON: for a reader of damaged files that is an ordinary answer.
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textIn(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' ? value : null;
}

export function numberIn(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A number that can be a size, a time or a number of things. */
export function countIn(object: JsonObject, key: string): number | null {
  const value = numberIn(object, key);
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

export function objectIn(object: JsonObject, key: string): JsonObject | null {
  const value = object[key];
  return isObject(value) ? value : null;
}

export function listIn(object: JsonObject, key: string): readonly Json[] {
  const value = object[key];
  return Array.isArray(value) ? value : [];
}
