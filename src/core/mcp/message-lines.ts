// Lines of a server's output become messages: bounded, and whatever is no message is passed over.

import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Chatter, openChatter } from './chatter.ts';
import { isJsonObject } from './json.ts';

const LINE_BYTES = 8 * 1024 * 1024;

/** A server that says nothing but this much that is no message is not a server. */
const NOISE_BYTES = 1024 * 1024;

/** Of what a program says on stderr. */
export const LAST_WORDS_BYTES = 16 * 1024;

/** What a program has not read yet of what it was sent. */
export const UNREAD_BYTES = 8 * 1024 * 1024;

const NEWLINE = 0x0a;
const OPENING = 0x7b;

export interface MessageLines {
  /** A text is why nothing more of it is read. */
  push(bytes: Buffer): readonly JSONRPCMessage[] | string;
}

export function openMessageLines(limits = { line: LINE_BYTES, noise: NOISE_BYTES }): MessageLines {
  let chunks: Buffer[] = [];
  let length = 0;
  let noise = 0;
  const chatter = openChatter();
  return {
    push(bytes) {
      const messages: JSONRPCMessage[] = [];
      let rest = bytes;
      while (rest.length > 0) {
        const end = rest.indexOf(NEWLINE);
        const piece = end === -1 ? rest : rest.subarray(0, end);
        length += piece.length;
        if (length > limits.line) return `It sent a message above ${inMiB(limits.line)}.`;
        chunks.push(piece);
        if (end === -1) break;
        rest = rest.subarray(end + 1);
        const line = Buffer.concat(chunks, length);
        chunks = [];
        length = 0;
        const message = messageOf(line, chatter);
        if (message === 'too much') continue;
        if (message !== null) {
          messages.push(message);
          noise = 0;
          continue;
        }
        noise += line.length + 1;
        if (noise > limits.noise) return `It wrote more than ${inMiB(limits.noise)} that are no messages.`;
      }
      return messages;
    },
  };
}

function messageOf(line: Buffer, chatter: Chatter): JSONRPCMessage | 'too much' | null {
  // Cheap for a program that logs to its output.
  if (!looksLikeObject(line)) return null;
  if (!chatter.passes(line)) return 'too much';
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    // The word was somewhere inside.
    const isNews = isJsonObject(value) && !('id' in value) && line.includes('"id"');
    if (isNews && !chatter.takesNews()) return 'too much';
    return JSONRPCMessageSchema.safeParse(value).data ?? null;
  } catch {
    return null;
  }
}

function looksLikeObject(line: Buffer): boolean {
  if (line[0] === OPENING) return true;
  return line.subarray(0, 64).toString('latin1').trimStart().startsWith('{');
}

function inMiB(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
}
