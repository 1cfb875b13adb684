// Two messages after which both sides have keys that nobody between them can have, and know with whom.
//
// Hybrid IK: the initiator knows the responder's keys beforehand; the first message carries, encrypted, who the
// initiator is and by what right it comes. Every secret is made of a curve and of a lattice key.

import { randomBytes } from 'node:crypto';
import {
  agreed,
  CURVE_BYTES,
  forgetKeys,
  type KeySeed,
  keysOf,
  LATTICE_BYTES,
  newKeySeed,
  type OwnKeys,
  type PublicKeys,
  SEALED_BYTES,
  seal,
  unseal,
} from './keys.ts';
import { type CipherState, HandshakeFailure, SymmetricState, TAG_BYTES } from './symmetric-state.ts';

const PROTOCOL = 'Noise_hybridIK_25519+MLKEM768_AESGCM_SHA256';
const PURPOSE = 'codex-exec-server-relay-noise/v1';

/** The right by which an initiator comes may be so long, in bytes. */
const MOST_PAYLOAD = 16 * 1024;

/** What this handshake is for: one made for another stream or machine fails. */
export interface HandshakeScope {
  readonly environment: string;
  readonly registration: string;
  readonly stream: string;
}

/** Keys of both directions. */
export interface SecureChannel {
  readonly sending: CipherState;
  readonly receiving: CipherState;
}

/** Where a handshake takes what must be new each time; a test gives its own. */
export interface Chance {
  keySeed(): KeySeed;
  /** 32 bytes. */
  randomness(): Uint8Array;
}

const systemChance: Chance = { keySeed: newKeySeed, randomness: () => randomBytes(32) };

export interface Initiator {
  /** The first message. `payload`: by what right it comes. */
  begin(payload: Uint8Array): Uint8Array;
  /** Takes the second message. Throws `HandshakeFailure`. */
  finish(message: Uint8Array): SecureChannel;
  /** Of what was agreed on so far, for tests. */
  readonly handshakeHash: Uint8Array;
}

export function openInitiator(
  own: OwnKeys,
  responder: PublicKeys,
  scope: HandshakeScope,
  chance: Chance = systemChance,
): Initiator {
  const state = beginState(scope, responder);
  const ephemeral = keysOf(chance.keySeed());
  return {
    get handshakeHash() {
      return state.handshakeHash;
    },
    begin(payload) {
      const { sealed, secret } = seal(responder.lattice, chance.randomness());
      const skem = state.encryptAndHash(sealed);
      mixed(secret, (part) => state.mixKeyAndHash(part));
      const e = sentPlain(state, ephemeral.public);
      mixed(agreed(ephemeral.curve, responder.curve), (part) => state.mixKey(part));
      const s = [state.encryptAndHash(own.public.curve), state.encryptAndHash(own.public.lattice)];
      mixed(agreed(own.curve, responder.curve), (part) => state.mixKey(part));
      return Buffer.concat([skem, ...e, ...s, state.encryptAndHash(payload)]);
    },
    finish(message) {
      const read = readParts(message);
      const ekem = read(SEALED_BYTES);
      state.mixHash(ekem);
      mixed(unseal(ephemeral.lattice, ekem), (part) => state.mixKey(part));
      const skem = state.decryptAndHash(read(SEALED_BYTES + TAG_BYTES));
      mixed(unseal(own.lattice, skem), (part) => state.mixKeyAndHash(part));
      const curve = received(state, read(CURVE_BYTES));
      received(state, read(LATTICE_BYTES));
      mixed(agreed(ephemeral.curve, curve), (part) => state.mixKey(part));
      mixed(agreed(own.curve, curve), (part) => state.mixKey(part));
      // The responder has nothing to say yet.
      if (state.decryptAndHash(read(TAG_BYTES)).length !== 0 || read.left() !== 0) throw new HandshakeFailure();
      forgetKeys(ephemeral);
      const [sending, receiving] = state.split();
      return { sending, receiving };
    },
  };
}

/** Whoever began, before they are answered. */
export interface Greeting {
  readonly initiator: PublicKeys;
  readonly payload: Uint8Array;
}

export interface Responder {
  /** Takes the first message. Throws `HandshakeFailure`. */
  greet(message: Uint8Array): Greeting;
  /** Once it is certain that they may come: the second message, and the channel. */
  accept(): { readonly message: Uint8Array; readonly channel: SecureChannel };
  readonly handshakeHash: Uint8Array;
}

export function openResponder(own: OwnKeys, scope: HandshakeScope, chance: Chance = systemChance): Responder {
  const state = beginState(scope, own.public);
  let greeted: { readonly initiator: PublicKeys; readonly ephemeral: PublicKeys } | null = null;
  return {
    get handshakeHash() {
      return state.handshakeHash;
    },
    greet(message) {
      const read = readParts(message);
      const skem = state.decryptAndHash(read(SEALED_BYTES));
      mixed(unseal(own.lattice, skem), (part) => state.mixKeyAndHash(part));
      const ephemeral = {
        curve: received(state, read(CURVE_BYTES)),
        lattice: received(state, read(LATTICE_BYTES)),
      };
      mixed(agreed(own.curve, ephemeral.curve), (part) => state.mixKey(part));
      const initiator = {
        curve: state.decryptAndHash(read(CURVE_BYTES + TAG_BYTES)),
        lattice: state.decryptAndHash(read(LATTICE_BYTES + TAG_BYTES)),
      };
      mixed(agreed(own.curve, initiator.curve), (part) => state.mixKey(part));
      if (read.left() > MOST_PAYLOAD + TAG_BYTES) throw new HandshakeFailure();
      const payload = state.decryptAndHash(read(read.left()));
      greeted = { initiator, ephemeral };
      return { initiator, payload };
    },
    accept() {
      if (greeted === null) throw new Error('nobody was greeted');
      const { initiator, ephemeral } = greeted;
      const forEphemeral = seal(ephemeral.lattice, chance.randomness());
      state.mixHash(forEphemeral.sealed);
      mixed(forEphemeral.secret, (part) => state.mixKey(part));
      const forStatic = seal(initiator.lattice, chance.randomness());
      const skem = state.encryptAndHash(forStatic.sealed);
      mixed(forStatic.secret, (part) => state.mixKeyAndHash(part));
      const keys = keysOf(chance.keySeed());
      const e = sentPlain(state, keys.public);
      mixed(agreed(keys.curve, ephemeral.curve), (part) => state.mixKey(part));
      mixed(agreed(keys.curve, initiator.curve), (part) => state.mixKey(part));
      const message = Buffer.concat([forEphemeral.sealed, skem, ...e, state.encryptAndHash(new Uint8Array(0))]);
      forgetKeys(keys);
      const [receiving, sending] = state.split();
      return { message, channel: { sending, receiving } };
    },
  };
}

function beginState({ environment, registration, stream }: HandshakeScope, responder: PublicKeys): SymmetricState {
  const state = new SymmetricState(PROTOCOL);
  state.mixHash(Buffer.concat([PURPOSE, environment, registration, stream].flatMap(lengthAndText)));
  state.mixHash(responder.curve);
  state.mixHash(responder.lattice);
  return state;
}

/** So that no two scopes are the same bytes. */
function lengthAndText(text: string): Uint8Array[] {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  return [length, bytes];
}

/** A secret that goes into the keys stays nowhere else. */
function mixed(secret: Uint8Array, mix: (secret: Uint8Array) => void): void {
  mix(secret);
  secret.fill(0);
}

function sentPlain(state: SymmetricState, keys: PublicKeys): readonly Uint8Array[] {
  return [received(state, keys.curve), received(state, keys.lattice)];
}

function received(state: SymmetricState, part: Uint8Array): Uint8Array {
  state.mixHash(part);
  return part;
}

function readParts(message: Uint8Array) {
  let at = 0;
  const read = (length: number): Uint8Array => {
    if (message.length - at < length) throw new HandshakeFailure();
    at += length;
    return message.subarray(at - length, at);
  };
  return Object.assign(read, { left: () => message.length - at });
}
