// What do an owner and its clients say to each other on the socket?
//
//   client                              owner
//   hello (version)                ->
//                                  <-   hello (version, challenge)
//   proof                          ->                                   see proof.ts
//                                  <-   welcome (facts)
//   subscribe (from)               ->
//                                  <-   to (whom), event, event, …      gapless
//                                  <-   lagged: too much happened meanwhile
//   subscribe (from)               ->
//                                  <-   past, past, …, caught_up, event, …
//   command, query                 ->
//                                  <-   ack, answer, unanswered
//                                  <-   bye, error                      before it closes
//
// The owner speaks only when asked, until it has let somebody in.

import * as v from 'valibot';
import { decode, encode } from '../bus/codec.ts';
import { Ack, type BusEvent, Command, EventBody, EventEnvelope, ProblemValue } from '../bus/contract.ts';
import { Query } from '../bus/queries.ts';
import { spellFrames } from './frames.ts';

/** Grows when an older program would misunderstand a newer one. New kinds of event or command do not count. */
export const WIRE_VERSION = 1;

/** Commands and queries of one client that are not answered yet. */
export const IN_FLIGHT = 64;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What a session says of itself to somebody who looks for one. Times are ms since 1970. */
export const OwnerFacts = v.object({
  session: v.string(),
  pid: count,
  /** With the pid: which process it is. 0 where the system does not say. */
  startTicks: count,
  /** Of the owner's program. */
  version: v.string(),
  cwd: v.string(),
  /** Path of its record, which exists from its first item on; `''` when none is kept. */
  record: v.string(),
  /** A given name, else the first message, else `''`. */
  /** What it waits for or runs; `''` when it is idle. */
  about: v.string(),
  title: v.string(),
  startedAt: count,
  /** `waiting`: for an answer of a person. */
  state: v.picklist(['idle', 'running', 'waiting']),
  /** Of that state. */
  since: count,
  /** Clients that are attached, the one that asks not counted. */
  attached: count,
});
export type OwnerFacts = v.InferOutput<typeof OwnerFacts>;

/** Why somebody was turned away. */
export const ErrorCode = v.picklist(['version', 'garbage', 'too_large', 'too_late', 'not_proven', 'full']);
export type ErrorCode = v.InferOutput<typeof ErrorCode>;

/** Why an owner that ends in order does so. */
export const ByeReason = v.picklist(['quit', 'signal', 'error', 'idle']);
export type ByeReason = v.InferOutput<typeof ByeReason>;

/** Of any version: what it takes to learn that it is another one. */
const AnyHello = v.object({ t: v.literal('hello'), codex: v.number() });

/** Commands and queries are looked at one by one: a newer client may know more of them. */
const ClientFrame = v.variant('t', [
  v.object({ t: v.literal('hello'), codex: v.literal(WIRE_VERSION), version: v.string() }),
  v.object({ t: v.literal('proof') }),
  v.object({ t: v.literal('subscribe'), sub: count, from: count }),
  v.object({ t: v.literal('unsubscribe'), sub: count }),
  v.object({ t: v.literal('command'), id: count, command: v.unknown() }),
  v.object({ t: v.literal('query'), id: count, query: v.unknown() }),
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;

const OwnerFrame = v.variant('t', [
  v.object({ t: v.literal('hello'), codex: v.literal(WIRE_VERSION), version: v.string(), challenge: v.string() }),
  v.object({ t: v.literal('welcome'), facts: OwnerFacts }),
  /** Whose the following events are. */
  v.object({ t: v.literal('to'), sub: count }),
  v.object({ t: v.literal('event'), event: v.unknown() }),
  /** Leads to the same fold as what happened. */
  v.object({ t: v.literal('past'), event: v.unknown() }),
  /** The next event is this one. */
  v.object({ t: v.literal('caught_up'), next: count }),
  /** `next`: what would have come next; the client knows where it stood itself, and asks again from there. */
  v.object({ t: v.literal('lagged'), next: count }),
  v.object({ t: v.literal('ack'), id: count, ack: Ack }),
  v.object({ t: v.literal('answer'), id: count, answer: v.unknown() }),
  v.object({ t: v.literal('unanswered'), id: count, problem: ProblemValue }),
  v.object({ t: v.literal('bye'), reason: ByeReason }),
  v.object({ t: v.literal('error'), code: ErrorCode, message: v.string() }),
]);
export type OwnerFrame = v.InferOutput<typeof OwnerFrame>;

/** The bytes of one frame. */
export function spell(frame: ClientFrame | OwnerFrame): Buffer {
  return spellFrames(encode(frame));
}

/** What a text says; `version` when it is a hello of another version, null when it is nothing known. */
export function readClientFrame(text: string): ClientFrame | { readonly t: 'version'; readonly codex: number } | null {
  const decoded = decode(text);
  if (!decoded.ok) return null;
  const frame = v.safeParse(ClientFrame, decoded.value);
  return frame.success ? frame.output : otherVersion(decoded.value);
}

export function readOwnerFrame(text: string): OwnerFrame | { readonly t: 'version'; readonly codex: number } | null {
  const decoded = decode(text);
  if (!decoded.ok) return null;
  const frame = v.safeParse(OwnerFrame, decoded.value);
  return frame.success ? frame.output : otherVersion(decoded.value);
}

function otherVersion(value: unknown): { t: 'version'; codex: number } | null {
  const hello = v.safeParse(AnyHello, value);
  return hello.success && hello.output.codex !== WIRE_VERSION ? { t: 'version', codex: hello.output.codex } : null;
}

/** An event of a frame; `event` is null for one that only a newer program knows. Null: it is none. */
export function readEvent(value: unknown): { readonly seq: number; readonly event: BusEvent | null } | null {
  const envelope = v.safeParse(EventEnvelope, value);
  if (!envelope.success) return null;
  const body = v.safeParse(EventBody, value);
  return { seq: envelope.output.seq, event: body.success ? { ...envelope.output, ...body.output } : null };
}

/** Null: not known to this version. */
export function readCommand(value: unknown): Command | null {
  const command = v.safeParse(Command, value);
  return command.success ? command.output : null;
}

export function readQuery(value: unknown): Query | null {
  const query = v.safeParse(Query, value);
  return query.success ? query.output : null;
}
