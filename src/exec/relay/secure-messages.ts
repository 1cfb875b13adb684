// Messages of one stream, both ways: cut into encrypted records, put in order, put together again.
//
// A relay delivers what it likes. Records are opened in the order of their numbers and each once, so that what was left
// out, repeated, exchanged or changed ends the stream, and nothing that was not sent comes out of it.

import type { SecureChannel } from './noise/handshake.ts';

/** A message on the wire: its length in 4 bytes, then as much. */
const LENGTH_BYTES = 4;
const MOST_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Plain bytes of one record. */
const MOST_RECORD_BYTES = 60 * 1024;

/** Records that came too early. */
const MOST_EARLY = 64;
const MOST_EARLY_BYTES = 1024 * 1024;

/** What a peer that acknowledges may not have acknowledged yet. */
const WINDOW_BYTES = 2 * 1024 * 1024;

/** So much of a peer's is taken before it is told. */
const ACK_AFTER_BYTES = WINDOW_BYTES / 8;

/** Records of which a peer may still say that it has them, having said nothing yet. */
const MOST_REMEMBERED = 256;

const NONE = new Uint8Array(0);

export interface SecureMessagesListener {
  /** One message of the peer. */
  message(text: string): void;
  /** One record for the peer. */
  data(seq: number, payload: Uint8Array): void;
  /** What was taken so far, for the peer to know. */
  acknowledge(seq: number): void;
  /** More was sent than the peer has room for (true), or it has again. */
  congested(isCongested: boolean): void;
  /** What came cannot be from the peer. Nothing comes out of this stream any more. */
  broken(): void;
}

export interface SecureMessages {
  send(text: string): void;
  /** A record of the peer. */
  received(seq: number, payload: Uint8Array): void;
  /** The peer has taken everything up to this number. */
  acknowledged(seq: number): void;
  /** Sent by us and not on its way, in bytes. */
  waitingBytes(): number;
  /** While it is paused the peer is told of nothing that was taken, and so stops at some point. */
  pause(isPaused: boolean): void;
  /** Its keys are forgotten. */
  close(): void;
}

export function openSecureMessages(channel: SecureChannel, listener: SecureMessagesListener): SecureMessages {
  const { sending, receiving } = channel;
  let isClosed = false;

  // ---- to the peer
  let queue: Uint8Array[] = [];
  let queued = 0;
  let nextSeq = 0;
  let isScheduled = false;
  let isCongested = false;
  /** Sizes of records by number, of a peer that acknowledges. */
  const unacknowledged: { readonly seq: number; readonly bytes: number }[] = [];
  let inFlight = 0;
  let peerAcknowledges = false;

  function flush(): void {
    isScheduled = false;
    if (isClosed) return;
    // A peer that never acknowledges is one of those that do not: its transport alone holds us back.
    while (queued > 0 && (!peerAcknowledges || inFlight < WINDOW_BYTES)) {
      const payload = sending.encrypt(NONE, take(Math.min(queued, MOST_RECORD_BYTES)));
      const seq = nextSeq++;
      remember(seq, payload.length);
      listener.data(seq, payload);
    }
    const isFull = queued > 0;
    if (isFull === isCongested) return;
    isCongested = isFull;
    listener.congested(isFull);
  }

  function remember(seq: number, bytes: number): void {
    unacknowledged.push({ seq, bytes });
    inFlight += bytes;
    // Of a peer that never says anything nothing needs to be known.
    if (!peerAcknowledges && unacknowledged.length > MOST_REMEMBERED) forgetOldest();
  }

  function forgetOldest(): void {
    inFlight -= unacknowledged.shift()?.bytes ?? 0;
  }

  function take(bytes: number): Uint8Array {
    const whole = queue.length === 1 ? queue[0] : Buffer.concat(queue);
    if (whole === undefined) return NONE;
    queue = whole.length > bytes ? [whole.subarray(bytes)] : [];
    queued -= bytes;
    return whole.subarray(0, bytes);
  }

  // ---- from the peer
  const early = new Map<number, Uint8Array>();
  let earlyBytes = 0;
  let expected = 0;
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  /** Bytes of the message that begins with the first part; null: its length is not known. */
  let wanted: number | null = null;
  let unsaid = 0;
  let isAckScheduled = false;
  let isPaused = false;

  function fail(): void {
    close();
    listener.broken();
  }

  function open(payload: Uint8Array): boolean {
    try {
      const plain = receiving.decrypt(NONE, payload);
      parts.push(plain);
      partBytes += plain.length;
    } catch {
      // Whatever is wrong with it, it is not the next record of the peer.
      return false;
    }
    expected += 1;
    unsaid += payload.length;
    return true;
  }

  function whole(): Buffer {
    const joined = Buffer.concat(parts);
    parts = [joined];
    return joined;
  }

  /** False: a message would be longer than any is. Pieces are joined when a message is complete, and at its beginning. */
  function deliver(): boolean {
    for (;;) {
      if (wanted === null) {
        if (partBytes < LENGTH_BYTES) return true;
        wanted = LENGTH_BYTES + whole().readUInt32BE(0);
        if (wanted > LENGTH_BYTES + MOST_MESSAGE_BYTES) return false;
      }
      if (partBytes < wanted) return true;
      const joined = whole();
      const end = wanted;
      wanted = null;
      parts = [joined.subarray(end)];
      partBytes -= end;
      listener.message(joined.toString('utf8', LENGTH_BYTES, end));
      if (isClosed) return true;
    }
  }

  function tellTaken(): void {
    isAckScheduled = false;
    if (isClosed || isPaused || unsaid === 0) return;
    unsaid = 0;
    listener.acknowledge(expected - 1);
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    queue = [];
    queued = 0;
    parts = [];
    early.clear();
    sending.forget();
    receiving.forget();
  }

  return {
    send(text) {
      if (isClosed) return;
      const length = Buffer.byteLength(text);
      const message = Buffer.allocUnsafe(LENGTH_BYTES + length);
      message.writeUInt32BE(length, 0);
      message.write(text, LENGTH_BYTES);
      queue.push(message);
      queued += message.length;
      if (isScheduled) return;
      // What is said in one turn of the loop shares a record.
      isScheduled = true;
      setImmediate(flush);
    },
    received(seq, payload) {
      if (isClosed || seq < expected || early.has(seq)) return;
      if (seq !== expected) {
        if (seq - expected > MOST_EARLY || earlyBytes + payload.length > MOST_EARLY_BYTES) return fail();
        early.set(seq, payload);
        earlyBytes += payload.length;
        return;
      }
      for (let next: Uint8Array | undefined = payload; next !== undefined; next = early.get(expected)) {
        if (early.delete(expected)) earlyBytes -= next.length;
        if (!open(next)) return fail();
      }
      if (!deliver()) return fail();
      if (unsaid >= ACK_AFTER_BYTES) return tellTaken();
      if (isAckScheduled) return;
      isAckScheduled = true;
      setImmediate(tellTaken);
    },
    acknowledged(seq) {
      // One that says it has what was never sent says nothing that can be believed.
      if (isClosed || seq >= nextSeq) return;
      peerAcknowledges = true;
      while ((unacknowledged[0]?.seq ?? nextSeq) <= seq) forgetOldest();
      flush();
    },
    waitingBytes: () => queued,
    pause(paused) {
      isPaused = paused;
      if (!paused) tellTaken();
    },
    close,
  };
}
