// What is told of an answer's headers, and how much room do they leave for its body?

import { LIMITS } from '../protocol/messages.ts';
import type { Header } from './outgoing.ts';

/** What can be text on the wire without a guess about its encoding. */
const VISIBLE = /^[\t\x20-\x7e]*$/;

/** For what is around the result in its message: names, the status, and the id, which is the client's. */
const AROUND_BYTES = 8 * 1024;

/** Order and repeats as they came. A value that is not visible ASCII is left out. */
export function toldHeaders(rawHeaders: readonly string[]): readonly Header[] {
  const told: Header[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const value = rawHeaders[at + 1]!;
    if (VISIBLE.test(value)) told.push({ name: rawHeaders[at]!.toLowerCase(), value });
  }
  return told;
}

/** The first value of that name, or null. */
export function headerNamed(headers: readonly Header[], name: string): string | null {
  return headers.find((header) => header.name === name)?.value ?? null;
}

/** Bytes of a body that, in base64 and beside these headers, fit the one frame an answer is sent in. */
export function roomForBody(headers: readonly Header[]): number {
  const base64Room = LIMITS.frameBytes - AROUND_BYTES - JSON.stringify(headers).length;
  return Math.max(0, Math.floor(base64Room / 4) * 3);
}
