// How do raw bytes of a process stand in a JSON record? As text where they are UTF-8, as base64 where not.

import { isUtf8 } from 'node:buffer';
import type { JsonObject } from './record.ts';
import { textIn } from './record.ts';

/** The longest part of a code point that can be missing its end. */
const LONGEST_CUT = 3;

/** How many bytes at the end are the beginning of a code point whose rest has not come yet: 0 to 3. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(LONGEST_CUT, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0;
  }
  return 0;
}

function lengthOf(lead: number): number {
  if (lead >= 0xf0) return lead <= 0xf4 ? 4 : 1;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc2 ? 2 : 1;
}

export function bytesToFields(bytes: Uint8Array): JsonObject {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { text: buffer.toString('utf8') } : { b64: buffer.toString('base64') };
}

/** The bytes again; null when the fields hold neither form. */
export function fieldsToBytes(fields: JsonObject): Uint8Array | null {
  const text = textIn(fields, 'text');
  if (text !== null) return new Uint8Array(Buffer.from(text, 'utf8'));
  const encoded = textIn(fields, 'b64');
  return encoded === null ? null : new Uint8Array(Buffer.from(encoded, 'base64'));
}
