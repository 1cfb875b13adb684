// Who answers at a socket? Connects, proves who we are, and says what came of it.

import { connect, type Socket } from 'node:net';
import { assertNever, errnoOf } from '../../problem/index.ts';
import { openFrameReader } from './frames.ts';
import type { PrivateFolder } from './private-folder.ts';
import { giveProof, removeProof, wasTaken } from './proof.ts';
import { fitsSocketPath } from './socket-name.ts';
import { type ErrorCode, type OwnerFacts, type OwnerFrame, readOwnerFrame, spell, WIRE_VERSION } from './wire.ts';

export interface EnterOptions {
  readonly folder: PrivateFolder;
  /** Of the socket, in that folder. */
  readonly name: string;
  /** Of this program. */
  readonly version: string;
  /** For all of it. */
  readonly limitMs: number;
  /** What the owner says after its welcome. */
  readonly onFrame: (frame: OwnerFrame) => void;
  /** It will say nothing more. `wasGarbled`: because what it said was no frame. Called once, after the welcome only. */
  readonly onEnd: (wasGarbled: boolean) => void;
}

export type Entered =
  | { readonly kind: 'welcome'; readonly socket: Socket; readonly facts: OwnerFacts }
  /** Nobody listens there. A name is used once, so nobody ever will. */
  | { readonly kind: 'dead' }
  /** There is no such socket. */
  | { readonly kind: 'missing' }
  /** Somebody has it open, and did not answer in time. */
  | { readonly kind: 'silent' }
  /** The connection ended before anything was said: whoever listened may be dying, or not let us in. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'turned_away'; readonly code: ErrorCode; readonly message: string }
  /** Whoever answers is none of ours, or cannot be reached. */
  | { readonly kind: 'odd'; readonly why: string };

/** What a failed connect(2) says, by unix(7) and connect(2). */
const MEANING: Readonly<Record<string, Entered>> = {
  ECONNREFUSED: { kind: 'dead' },
  ENOENT: { kind: 'missing' },
  // The queue of connections is full: it lives, and accepts none.
  EAGAIN: { kind: 'silent' },
  ECONNRESET: { kind: 'cut' },
  EPIPE: { kind: 'cut' },
};

/** Goes to a socket, and a second time when the first was cut short: of a process that was dying it is dead by then. */
export async function enter(options: EnterOptions): Promise<Entered> {
  const first = await enterOnce(options);
  return first.kind === 'cut' ? enterOnce(options) : first;
}

function enterOnce(options: EnterOptions): Promise<Entered> {
  const { folder, name, version, limitMs, onFrame, onEnd } = options;
  const place = folder.at(name);
  // Node would connect to another socket, the one of the path that the kernel's limit leaves.
  if (!fitsSocketPath(place)) return Promise.resolve({ kind: 'odd', why: 'Its path is too long for a socket.' });
  return new Promise((resolve) => {
    const socket = connect(place);
    let challenge: string | null = null;
    let hasSettled = false;
    let isIn = false;
    let hasEnded = false;

    const settle = (entered: Entered): void => {
      if (hasSettled) return;
      hasSettled = true;
      clearTimeout(timer);
      isIn = entered.kind === 'welcome';
      if (!isIn) {
        if (challenge !== null) removeProof(folder, challenge);
        socket.destroy();
      }
      resolve(entered);
    };
    const end = (wasGarbled: boolean): void => {
      if (isIn && !hasEnded) onEnd(wasGarbled);
      hasEnded = true;
    };
    const timer = setTimeout(() => settle({ kind: 'silent' }), limitMs);

    const greet = (frame: OwnerFrame): void => {
      switch (frame.t) {
        case 'hello': {
          if (challenge !== null) return settle({ kind: 'odd', why: 'It greets twice.' });
          challenge = frame.challenge;
          const given = giveProof(folder, challenge);
          if (!given.ok) return settle({ kind: 'odd', why: given.problem });
          socket.write(spell({ t: 'proof' }));
          return;
        }
        case 'welcome':
          if (challenge === null || !wasTaken(folder, challenge)) {
            return settle({ kind: 'odd', why: 'It did not prove that it is this user.' });
          }
          reader.trust();
          return settle({ kind: 'welcome', socket, facts: frame.facts });
        case 'error':
          return settle({ kind: 'turned_away', code: frame.code, message: frame.message });
        case 'bye':
          return settle({ kind: 'dead' });
        case 'to':
        case 'event':
        case 'past':
        case 'caught_up':
        case 'lagged':
        case 'ack':
        case 'answer':
        case 'unanswered':
          return settle({ kind: 'odd', why: 'It speaks before it was asked.' });
        default:
          return assertNever(frame);
      }
    };

    const garbled = (): void => {
      settle({ kind: 'odd', why: 'What it says is not the language of this program.' });
      end(true);
      socket.destroy();
    };

    const reader = openFrameReader({
      text(text) {
        const frame = readOwnerFrame(text);
        if (frame?.t === 'version') {
          const message = `It speaks version ${frame.codex} of the protocol, this program version ${WIRE_VERSION}.`;
          return settle({ kind: 'turned_away', code: 'version', message });
        }
        if (isIn) {
          // A newer owner may say more than this program knows.
          if (frame !== null && !hasEnded) onFrame(frame);
        } else if (frame === null) garbled();
        else greet(frame);
      },
      wrong: garbled,
    });

    socket.on('connect', () => socket.write(spell({ t: 'hello', codex: WIRE_VERSION, version })));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', (error) => {
      // After the connect 'close' says it all.
      if (socket.connecting || !hasSettled) {
        settle(MEANING[errnoOf(error)] ?? { kind: 'odd', why: error.message });
      }
    });
    socket.on('close', () => {
      settle({ kind: 'cut' });
      end(false);
    });
  });
}
