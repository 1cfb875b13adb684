// The client library for one server: opened at the first request, with nothing of its own that we did not say.

import type OpenAI from 'openai';
import { ok, type Result } from '../../problem/index.ts';
import type { ModelChoice, UnpickedChoice } from '../config/providers.ts';
import type { GetJson } from './model-list.ts';

/** The largest delay a timer of Node takes. The client's own limit is put there; the idle time-out is ours. */
export const NEVER_MS = 2 ** 31 - 1;

/** Every default that the library would take from the environment is given, so that none of it goes astray. */
export async function openClient(
  choice: ModelChoice | UnpickedChoice,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<OpenAI>> {
  // Behind the first frame: TLS and the library take longer to load than the screen.
  const [{ OpenAI }, { openModelFetch }] = await Promise.all([import('openai'), import('./model-fetch.ts')]);
  const extraCa = env.CODEX_EXTRA_CA ?? '';
  const fetch = openModelFetch({
    env,
    extraCaFile: extraCa === '' ? null : extraCa,
    allowedHeaders: new Set(Object.keys(choice.headers).map((name) => name.toLowerCase())),
  });
  if (!fetch.ok) return fetch;
  return ok(
    new OpenAI({
      baseURL: choice.baseUrl,
      // The library insists on a key; ours goes with each request, see `keyHeaders`.
      apiKey: 'none',
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: NEVER_MS,
      logLevel: 'off',
      defaultHeaders: { Authorization: null, ...choice.headers },
      defaultQuery: { ...choice.query },
      fetch: fetch.value,
    }),
  );
}

/** For the options of one request. A header that the configuration sets itself stays as it is. */
export function keyHeaders(choice: ModelChoice | UnpickedChoice, key: string): Record<string, string> {
  const isSaid = Object.keys(choice.headers).some((name) => name.toLowerCase() === 'authorization');
  return key === '' || isSaid ? {} : { Authorization: `Bearer ${key}` };
}

/** Some servers do not say that it is JSON. */
export function getterOf(client: OpenAI, choice: ModelChoice | UnpickedChoice, key: string): GetJson {
  return async (path, signal) => {
    const url = path.startsWith('/') ? new URL(path, choice.baseUrl).href : `/${path}`;
    const value = await client.get<unknown>(url, { signal, headers: keyHeaders(choice, key) });
    return typeof value === 'string' ? JSON.parse(value) : value;
  };
}
