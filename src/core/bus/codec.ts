// How do the messages of the bus travel as text? As JSON, in which bytes are `{"$b":"<base64>"}`.

import * as v from 'valibot';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { type BusEvent, Command, EventBody, EventEnvelope } from './contract.ts';

/** The key that stands for bytes. An object that really has it, or it with `$` before it, gets one more `$`. */
const BYTES_KEY = '$b';
const KEY_TO_ESCAPE = /^\$+b$/;
const ESCAPED_KEY = /^\$\$+b$/;

/** One line of text. The message is plain data and bytes, as everything in the contract is. */
export function encode(message: unknown): string {
  return JSON.stringify(message, spellBytes);
}

/** Any message again, not yet checked against the contract. */
export function decode(text: string): Result<unknown> {
  try {
    // Nearly all messages carry neither bytes nor such a key, and are parsed at full speed.
    return ok(text.includes('"$') ? JSON.parse(text, readBytes) : JSON.parse(text));
  } catch (error) {
    return fail({ what: 'A message could not be read.', why: causeOf(error), next: '' });
  }
}

/** An event with its envelope, exactly as the contract has it: unknown fields of a newer program are left out. */
export function decodeEvent(text: string): Result<BusEvent> {
  const message = decode(text);
  if (!message.ok) return message;
  const envelope = v.safeParse(EventEnvelope, message.value);
  const body = v.safeParse(EventBody, message.value);
  if (!envelope.success) return notInContract('event', envelope.issues);
  if (!body.success) return notInContract('event', body.issues);
  return ok({ ...envelope.output, ...body.output });
}

export function decodeCommand(text: string): Result<Command> {
  const message = decode(text);
  if (!message.ok) return message;
  const command = v.safeParse(Command, message.value);
  return command.success ? ok(command.output) : notInContract('command', command.issues);
}

function notInContract(kind: string, issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]) {
  const [first] = issues;
  const place = v.getDotPath(first);
  const why = place === null ? first.message : `${place}: ${first.message}`;
  return fail({ what: `This is no ${kind} that this version knows.`, why, next: '' });
}

/** A replacer of JSON.stringify. It is given a Buffer's own JSON form, so it looks at the value itself. */
function spellBytes(this: unknown, key: string, given: unknown): unknown {
  const value = isObject(this) ? this[key] : given;
  if (value instanceof Uint8Array) {
    return { [BYTES_KEY]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (!isObject(given) || Array.isArray(given) || !Object.keys(given).some((name) => KEY_TO_ESCAPE.test(name))) {
    return given;
  }
  return Object.fromEntries(Object.entries(given).map(([name, part]) => [escaped(name), part]));
}

function escaped(name: string): string {
  return KEY_TO_ESCAPE.test(name) ? `$${name}` : name;
}

/** A reviver of JSON.parse, called for the innermost values first. */
function readBytes(_key: string, value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value;
  const names = Object.keys(value);
  const [only] = names;
  if (names.length === 1 && only === BYTES_KEY) {
    const base64 = value[BYTES_KEY];
    if (typeof base64 !== 'string') throw new Error('bytes are not text in base64');
    return new Uint8Array(Buffer.from(base64, 'base64'));
  }
  if (!names.some((name) => ESCAPED_KEY.test(name))) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [ESCAPED_KEY.test(name) ? name.slice(1) : name, part]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
