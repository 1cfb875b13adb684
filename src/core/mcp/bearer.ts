// Requests with the token of a login: a fresh one before it ends, and once more when the server says that it ended.

import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Credentials, Login } from './credentials.ts';
import { refreshed } from './login.ts';
import type { HttpPlace } from './server-settings.ts';

/** Before its end: a request takes its time too. */
const EARLY_MS = 30_000;
const REFRESH_MS = 20_000;

export interface Bearer {
  readonly name: string;
  readonly place: HttpPlace;
  readonly credentials: Credentials;
}

export function withBearer(inner: FetchLike, { name, place, credentials }: Bearer): FetchLike {
  let underWay: Promise<Login | null> | null = null;

  /** One at a time. Somebody else, in another session, may have got it already. */
  const renew = (old: Login): Promise<Login | null> => {
    underWay ??= renewed(old).finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const renewed = async (old: Login): Promise<Login | null> => {
    const changed = (): Login | null => {
      const now = credentials.read(name, place.url);
      return now !== null && now.accessToken !== old.accessToken ? now : null;
    };
    const theirs = changed();
    if (theirs !== null) return theirs;
    try {
      const fresh = await refreshed(old, place, inner, AbortSignal.timeout(REFRESH_MS));
      // A token that could not be kept is good for this session.
      if (fresh !== null) credentials.write(name, place.url, fresh);
      return fresh;
    } catch {
      return changed();
    }
  };

  return async (url, init) => {
    const kept = credentials.read(name, place.url);
    if (kept === null) return inner(url, init);
    const isOver = kept.expiresAt !== null && Date.now() > kept.expiresAt - EARLY_MS;
    const login = (isOver ? await renew(kept) : null) ?? kept;
    const response = await inner(url, authorized(init, login));
    if (response.status !== 401) return response;
    const fresh = await renew(login);
    if (fresh === null || fresh.accessToken === login.accessToken) return response;
    await response.body?.cancel();
    return inner(url, authorized(init, fresh));
  };
}

function authorized(init: RequestInit | undefined, { accessToken }: Login): RequestInit {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${accessToken}`);
  return { ...init, headers };
}
