// How a person logs in to a server over HTTP, and how the token that came of it is kept fresh.

import { randomBytes } from 'node:crypto';
import {
  discoverOAuthServerInfo,
  exchangeAuthorization,
  type OAuthServerInfo,
  refreshAuthorization,
  registerClient,
  startAuthorization,
} from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { checkResourceAllowed } from '@modelcontextprotocol/sdk/shared/auth-utils.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { fail, type Problem, type Result } from '../../problem/index.ts';
import { openCallback } from './callback.ts';
import { sentenceOf } from './connection.ts';
import type { Credentials, Login } from './credentials.ts';
import { openOAuthFetch } from './oauth-fetch.ts';
import type { HttpPlace } from './server-settings.ts';

export interface LoginAsked {
  readonly name: string;
  readonly place: HttpPlace;
  readonly fetch: FetchLike;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  /** Instead of the configured ones. */
  readonly scopes: readonly string[] | null;
  /** Shows the address to the person. `answer` takes the address that a browser elsewhere was sent back to. */
  readonly openUrl: (url: string, answer: (address: string) => boolean) => void;
}

const LOGIN_MS = 5 * 60_000;

export async function loginTo(asked: LoginAsked): Promise<Result<void>> {
  const { name, place, credentials, openUrl } = asked;
  const { login: settings } = place;
  const late = AbortSignal.timeout(LOGIN_MS);
  const signal = AbortSignal.any([asked.signal, late]);
  const oauth = openOAuthFetch(asked.fetch, signal);
  try {
    const callback = await openCallback({ port: settings.callbackPort, url: settings.callbackUrl });
    try {
      const server = await discover(place.url, oauth.fetch);
      oauth.check();
      const resource = resourceOf(place, server);
      const wanted = asked.scopes ?? settings.scopes;
      const scopes = wanted.length > 0 ? wanted : (server.resourceMetadata?.scopes_supported ?? []);
      const scope = scopes.length === 0 ? {} : { scope: scopes.join(' ') };
      const known = { ...ofMetadata(server), fetchFn: oauth.fetch };
      const { redirectUrl } = callback;
      const clientInformation =
        settings.clientId === null
          ? await registerClient(server.authorizationServerUrl, {
              ...known,
              ...scope,
              clientMetadata: {
                client_name: 'Codex',
                redirect_uris: [redirectUrl],
                grant_types: ['authorization_code', 'refresh_token'],
                response_types: ['code'],
                token_endpoint_auth_method: 'none',
              },
            })
          : {
              client_id: settings.clientId,
              ...(settings.clientSecret === null ? {} : { client_secret: settings.clientSecret }),
            };
      const state = randomBytes(32).toString('base64url');
      const { authorizationUrl, codeVerifier } = await startAuthorization(server.authorizationServerUrl, {
        ...ofMetadata(server),
        ...scope,
        ...resource,
        clientInformation,
        redirectUrl,
        state,
      });
      if (!/^https?:$/.test(authorizationUrl.protocol)) throw new Error('The address of the login is no web page.');
      const code = callback.code(state, signal);
      openUrl(authorizationUrl.href, callback.answer);
      const tokens = await exchangeAuthorization(server.authorizationServerUrl, {
        ...known,
        ...resource,
        clientInformation,
        authorizationCode: await code,
        codeVerifier,
        redirectUri: redirectUrl,
      });
      const { client_id: clientId, client_secret: clientSecret = null } = clientInformation;
      const issuer = issuerOf(server);
      return credentials.write(
        name,
        place.url,
        loginFrom(tokens, { clientId, clientSecret, issuer, scopes, refreshToken: null }),
      );
    } finally {
      callback.close();
    }
  } catch (error) {
    return fail(
      notLoggedIn(name, late.aborted ? 'Nobody answered within five minutes.' : whyFailed(oauth.check, error)),
    );
  }
}

/** Shown to nobody but the one who gave it. Null: a person has to log in again. */
export async function refreshed(
  login: Login,
  place: HttpPlace,
  inner: FetchLike,
  signal: AbortSignal,
): Promise<Login | null> {
  const { refreshToken, issuer, clientId, clientSecret } = login;
  if (refreshToken === null || issuer === null) return null;
  const oauth = openOAuthFetch(inner, signal);
  const server = await discover(place.url, oauth.fetch);
  oauth.check();
  if (issuerOf(server) !== withoutSlash(issuer)) return null;
  const tokens = await refreshAuthorization(server.authorizationServerUrl, {
    ...ofMetadata(server),
    ...resourceOf(place, server),
    clientInformation: { client_id: clientId, ...(clientSecret === null ? {} : { client_secret: clientSecret }) },
    refreshToken,
    fetchFn: oauth.fetch,
  });
  return loginFrom(tokens, login);
}

function issuerOf({ authorizationServerUrl }: OAuthServerInfo): string {
  return withoutSlash(authorizationServerUrl);
}

/** Metadata say it without, addresses with it. */
function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

async function discover(url: string, fetchFn: FetchLike): Promise<OAuthServerInfo> {
  const server = await discoverOAuthServerInfo(url, { fetchFn });
  return { ...server, authorizationServerUrl: String(server.authorizationServerUrl) };
}

function ofMetadata({ authorizationServerMetadata: metadata }: OAuthServerInfo) {
  return metadata === undefined ? {} : { metadata };
}

/** What a server says of itself must be about itself: a token for another one is not asked for. */
function resourceOf({ url, login }: HttpPlace, { resourceMetadata }: OAuthServerInfo): { readonly resource?: string } {
  if (login.resource !== null) return { resource: login.resource };
  if (resourceMetadata === undefined) return {};
  const { resource } = resourceMetadata;
  if (!checkResourceAllowed({ requestedResource: url, configuredResource: resource })) {
    throw new Error(`It says that it is ${resource}, which it is not.`);
  }
  return { resource };
}

type Earlier = Pick<Login, 'clientId' | 'clientSecret' | 'issuer' | 'refreshToken' | 'scopes'>;

function loginFrom(tokens: OAuthTokens, earlier: Earlier): Login {
  const { clientId, clientSecret, issuer } = earlier;
  return {
    clientId,
    clientSecret,
    issuer,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? earlier.refreshToken,
    expiresAt: tokens.expires_in === undefined ? null : Date.now() + tokens.expires_in * 1000,
    scopes: tokens.scope?.split(' ').filter((it) => it !== '') ?? earlier.scopes,
  };
}

function whyFailed(check: () => void, error: unknown): string {
  try {
    check();
    return sentenceOf(error);
  } catch (hidden) {
    return sentenceOf(hidden);
  }
}

function notLoggedIn(name: string, why: string): Problem {
  return { what: `The login to MCP server ${name} did not succeed.`, why, next: `Try again: codex mcp login ${name}` };
}
