// The state both sides of a handshake agree on step by step: what was said so far, and the keys that follow from it.
//
// Noise specification, revision 34, sections 5.1 and 5.2, with SHA-256 and AES-256-GCM.

import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';

export const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** What was received does not fit to what was said before. Which step it was is nobody's business. */
export class HandshakeFailure extends Error {
  constructor() {
    super('the handshake failed');
  }
}

/** A key with its counter. Each number is used once; it ends before it would repeat. */
export class CipherState {
  private counter = 0n;

  constructor(private readonly key: Uint8Array) {}

  encrypt(associated: Uint8Array, plain: Uint8Array): Uint8Array {
    const cipher = createCipheriv(CIPHER, this.key, this.nextNonce(), { authTagLength: TAG_BYTES });
    cipher.setAAD(associated);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws `HandshakeFailure` for what was not encrypted with this key and number; the number is then not used up. */
  decrypt(associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    if (sealed.length < TAG_BYTES) throw new HandshakeFailure();
    const at = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.key, nonceOf(this.counter), { authTagLength: TAG_BYTES });
    decipher.setAAD(associated);
    decipher.setAuthTag(sealed.subarray(at));
    try {
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, at)), decipher.final()]);
      this.nextNonce();
      return plain;
    } catch {
      // What exactly is wrong with it helps only whoever made it.
      throw new HandshakeFailure();
    }
  }

  /** The key is not in memory any more. */
  forget(): void {
    this.key.fill(0);
  }

  private nextNonce(): Uint8Array {
    const nonce = nonceOf(this.counter);
    this.counter += 1n;
    if (this.counter >= LAST_COUNTER) throw new Error('a key was used up');
    return nonce;
  }
}

/** The highest number is reserved by the specification. */
const LAST_COUNTER = 2n ** 64n - 1n;

/** Four zero bytes, then the number, its highest byte first. */
function nonceOf(counter: bigint): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(counter, 4);
  return nonce;
}

export class SymmetricState {
  private chainingKey: Uint8Array;
  private hash: Uint8Array;
  private cipher: CipherState | null = null;

  /** `protocol` is longer than a hash, so its hash begins the chain. */
  constructor(protocol: string) {
    this.hash = sha256(Buffer.from(protocol, 'ascii'));
    this.chainingKey = Buffer.from(this.hash);
  }

  /** Binds both sides to this; the other side must mix the same. */
  mixHash(data: Uint8Array): void {
    this.hash = sha256(this.hash, data);
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = derived(this.chainingKey, secret, 2);
    this.renew(chainingKey, key);
  }

  mixKeyAndHash(secret: Uint8Array): void {
    const [chainingKey, toHash, key] = derived(this.chainingKey, secret, 3);
    this.mixHash(toHash);
    toHash.fill(0);
    this.renew(chainingKey, key);
  }

  /** Before there is a key it is sent as it is. */
  encryptAndHash(plain: Uint8Array): Uint8Array {
    const sealed = this.cipher === null ? plain : this.cipher.encrypt(this.hash, plain);
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plain = this.cipher === null ? sealed : this.cipher.decrypt(this.hash, sealed);
    this.mixHash(sealed);
    return plain;
  }

  /** Bytes that `encryptAndHash` adds now. */
  get overhead(): number {
    return this.cipher === null ? 0 : TAG_BYTES;
  }

  /** The keys of both directions, the initiator's first. Nothing more can be done with this state. */
  split(): readonly [CipherState, CipherState] {
    const [first, second] = derived(this.chainingKey, new Uint8Array(0), 2);
    this.forget();
    return [new CipherState(first), new CipherState(second)];
  }

  forget(): void {
    this.chainingKey.fill(0);
    this.cipher?.forget();
    this.cipher = null;
  }

  /** What both sides have agreed on so far, for tests. */
  get handshakeHash(): Uint8Array {
    return Buffer.from(this.hash);
  }

  private renew(chainingKey: Uint8Array, key: Uint8Array): void {
    this.forget();
    this.chainingKey = chainingKey;
    this.cipher = new CipherState(key);
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function derived(chainingKey: Uint8Array, secret: Uint8Array, count: 2): [Uint8Array, Uint8Array];
function derived(chainingKey: Uint8Array, secret: Uint8Array, count: 3): [Uint8Array, Uint8Array, Uint8Array];
function derived(chainingKey: Uint8Array, secret: Uint8Array, count: number): Uint8Array[] {
  const extracted = hmac(chainingKey, secret);
  const outputs: Uint8Array[] = [];
  for (let index = 1; index <= count; index += 1) {
    outputs.push(hmac(extracted, Buffer.concat([outputs.at(-1) ?? new Uint8Array(0), Uint8Array.of(index)])));
  }
  extracted.fill(0);
  return outputs;
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest();
}
