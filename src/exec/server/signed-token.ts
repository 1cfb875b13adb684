// Is a signed token (JWT, RFC 7519) one of ours, and does it hold now? Pure.

import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedTokenRules {
  /** For HS256, which alone is taken: a token that names its own way of signing could name none. */
  readonly secret: string;
  /** Null: anybody's. */
  readonly issuer: string | null;
  readonly audience: string | null;
  /** By how much two clocks may differ. */
  readonly skewSeconds: number;
}

const INVALID = 'invalid websocket jwt';

/** Null lets in; a text says why not. `now` in seconds since 1970. */
export function judgeSignedToken(token: string, rules: SignedTokenRules, now: number): string | null {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || membersOf(header)?.alg !== 'HS256') return INVALID;
  const expected = createHmac('sha256', rules.secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return INVALID;
  const { exp, nbf, iss, aud } = membersOf(payload) ?? {};
  if (!isTime(exp) || !(nbf === undefined || isTime(nbf))) return INVALID;
  if (exp + rules.skewSeconds < now) return 'expired websocket jwt';
  if (nbf !== undefined && nbf - rules.skewSeconds > now) return 'websocket jwt is not valid yet';
  if (rules.issuer !== null && iss !== rules.issuer) return 'websocket jwt issuer mismatch';
  if (rules.audience !== null && ![aud].flat().includes(rules.audience)) return 'websocket jwt audience mismatch';
  return null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Null for what is no JSON object. */
function membersOf(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // Not a token at all.
  }
}
