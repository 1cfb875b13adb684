// How is a body read that has to fit one answer?

import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, type RpcFailure } from '../protocol/failure.ts';
import type { Body } from './body.ts';

/** Of a body that ended too early, was not framed as HTTP says, or did not come in time. */
export const BROKEN_BODY = 'error decoding response body';

/** Fails as soon as it is longer than `room` bytes, and reads no further. */
export async function readWhole(body: Body, room: number): Promise<Result<Buffer, RpcFailure>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const piece = await body.next();
    if (piece.kind === 'whole') return ok(Buffer.concat(pieces, bytes));
    if (piece.kind === 'cut') return fail(broken(BROKEN_BODY));
    bytes += piece.bytes.length;
    if (bytes > room) {
      body.leave();
      return fail(broken(`it is larger than ${room} bytes; ask for it with streamResponse`));
    }
    pieces.push(piece.bytes);
  }
}

const broken = (why: string): RpcFailure => internal(`failed to read http/request response body: ${why}`);
