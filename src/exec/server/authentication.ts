// Who may connect? Whoever shows the token, or one that was signed with the shared secret.

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { judgeSignedToken, type SignedTokenRules } from './signed-token.ts';

/** As typed; null: not given. */
export interface AuthenticationFlags {
  readonly mode: string | null;
  readonly tokenFile: string | null;
  readonly tokenSha256: string | null;
  readonly sharedSecretFile: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly maxClockSkewSeconds: number | null;
}

/** Looks at an `Authorization` header. Null lets in; a text says why not. */
export type Authenticate = (header: string | undefined) => string | null;

/** A shorter secret could be guessed from a token that was seen. */
const SECRET_BYTES = 32;

const DEFAULT_SKEW_SECONDS = 30;

/** Of either mode. */
const MODES = ['capability-token', 'signed-bearer-token'] as const;

/**
 * Reads the secrets, once: a file that changes later has no effect before the next start. Null: nobody is asked.
 * The problem is the sentence for whoever starts the server.
 */
export function openAuthentication(flags: AuthenticationFlags): Result<Authenticate | null, string> {
  const { mode, tokenFile, tokenSha256, sharedSecretFile, issuer, audience, maxClockSkewSeconds } = flags;
  const ofTokens = tokenFile !== null || tokenSha256 !== null;
  const ofSigned = [sharedSecretFile, issuer, audience, maxClockSkewSeconds].some((flag) => flag !== null);
  switch (mode) {
    case null:
      return ofTokens || ofSigned
        ? fail('websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`')
        : ok(null);
    case 'capability-token': {
      if (ofSigned) return fail('`--ws-shared-secret-file` and its companions require `--ws-auth signed-bearer-token`');
      const digest = tokenDigest(tokenFile, tokenSha256);
      return digest.ok ? ok(bearer((token) => judgeToken(token, digest.value))) : digest;
    }
    case 'signed-bearer-token': {
      if (ofTokens)
        return fail(
          '`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not signed-bearer-token',
        );
      if (sharedSecretFile === null)
        return fail('`--ws-shared-secret-file` is required with `--ws-auth signed-bearer-token`');
      const secret = readSecret(sharedSecretFile);
      if (!secret.ok) return secret;
      if (Buffer.byteLength(secret.value) < SECRET_BYTES)
        return fail(`websocket auth secret ${sharedSecretFile} must be at least ${SECRET_BYTES} bytes`);
      const rules: SignedTokenRules = {
        secret: secret.value,
        issuer,
        audience,
        skewSeconds: maxClockSkewSeconds ?? DEFAULT_SKEW_SECONDS,
      };
      return ok(bearer((token) => judgeSignedToken(token, rules, Date.now() / 1000)));
    }
    default:
      return fail(`unknown --ws-auth mode ${mode}; expected ${MODES.join(' or ')}`);
  }
}

function tokenDigest(file: string | null, sha256: string | null): Result<Buffer, string> {
  if ((file === null) === (sha256 === null))
    return fail('`--ws-auth capability-token` requires either `--ws-token-file` or `--ws-token-sha256`');
  if (sha256 !== null) {
    return /^[0-9a-f]{64}$/i.test(sha256)
      ? ok(Buffer.from(sha256, 'hex'))
      : fail('`--ws-token-sha256` must be 64 hexadecimal characters');
  }
  const token = readSecret(file ?? '');
  return token.ok ? ok(digestOf(token.value)) : token;
}

function readSecret(file: string): Result<string, string> {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    return fail(`failed to read websocket auth secret ${file}: ${causeOf(error)}`);
  }
  return secret === '' ? fail(`websocket auth secret ${file} must not be empty`) : ok(secret);
}

/** A query string is never looked at: it would stand in logs. */
function bearer(judge: (token: string) => string | null): Authenticate {
  return (header) => {
    if (header === undefined) return 'missing websocket bearer token';
    const token = /^bearer +(.*)$/i.exec(header)?.[1]?.trim() ?? '';
    return token === '' ? 'invalid authorization header' : judge(token);
  };
}

function judgeToken(token: string, expected: Buffer): string | null {
  return timingSafeEqual(digestOf(token), expected) ? null : 'invalid websocket bearer token';
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
