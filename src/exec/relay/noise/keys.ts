// A key of this handshake is two: one of an elliptic curve, one of a lattice. Whoever breaks one of them has nothing.

import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { HandshakeFailure } from './symmetric-state.ts';

export const CURVE_BYTES = 32;
export const LATTICE_BYTES = 1184;
export const SEALED_BYTES = 1088;
const LATTICE_SEED_BYTES = 64;

export interface PublicKeys {
  readonly curve: Uint8Array;
  readonly lattice: Uint8Array;
}

export interface OwnKeys {
  readonly public: PublicKeys;
  readonly curve: KeyObject;
  /** Overwritten by `forgetKeys`. */
  readonly lattice: Uint8Array;
}

/** What a pair of keys is made of: 32 and 64 secret bytes. */
export interface KeySeed {
  readonly curve: Uint8Array;
  readonly lattice: Uint8Array;
}

export function newKeySeed(): KeySeed {
  const { privateKey } = generateKeyPairSync('x25519');
  return {
    curve: privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-CURVE_BYTES),
    lattice: randomBytes(LATTICE_SEED_BYTES),
  };
}

export function keysOf(seed: KeySeed): OwnKeys {
  const curve = createPrivateKey({
    key: Buffer.concat([CURVE_PRIVATE, seed.curve]),
    format: 'der',
    type: 'pkcs8',
  });
  const lattice = ml_kem768.keygen(seed.lattice);
  return {
    public: { curve: rawPublic(createPublicKey(curve)), lattice: lattice.publicKey },
    curve,
    lattice: lattice.secretKey,
  };
}

export function forgetKeys(keys: OwnKeys): void {
  keys.lattice.fill(0);
}

/** Throws `HandshakeFailure` for a point of small order, with which anybody would know the result. */
export function agreed(own: KeyObject, theirs: Uint8Array): Uint8Array {
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([CURVE_PUBLIC, theirs]),
      format: 'der',
      type: 'spki',
    });
    return diffieHellman({ privateKey: own, publicKey });
  } catch {
    throw new HandshakeFailure();
  }
}

export interface Sealed {
  /** For the other side. */
  readonly sealed: Uint8Array;
  readonly secret: Uint8Array;
}

/** A new secret that only the owner of this key can open. `randomness`: 32 bytes. */
export function seal(theirs: Uint8Array, randomness: Uint8Array): Sealed {
  try {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(theirs, randomness);
    return { sealed: cipherText, secret: sharedSecret };
  } catch {
    // No key: values that no lattice key has.
    throw new HandshakeFailure();
  }
}

/** For what was not sealed for this key a secret comes out that nobody has: the next step then fails. */
export function unseal(own: Uint8Array, sealed: Uint8Array): Uint8Array {
  return ml_kem768.decapsulate(sealed, own);
}

/** The fixed bytes around a raw key in the forms that the platform reads. */
const CURVE_PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex');
const CURVE_PUBLIC = Buffer.from('302a300506032b656e032100', 'hex');

function rawPublic(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'spki' }).subarray(-CURVE_BYTES);
}
