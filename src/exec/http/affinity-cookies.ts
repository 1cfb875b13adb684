// Which cookies of a load balancer go back to it: few names, few hosts, in memory alone.

const HOSTS = new Set(['chatgpt.com', 'chat.openai.com', 'chatgpt-staging.com']);
const DOMAINS = ['.chatgpt.com', '.chatgpt-staging.com'];

const NAMES = new Set([
  '__cf_bm',
  '__cflb',
  '__cfruid',
  '__cfseq',
  '__cfwaitingroom',
  '_cfuvid',
  'cf_clearance',
  'cf_ob_info',
  'cf_use_ob',
]);

const COOKIES = 64;
const COOKIE_CHARACTERS = 4_096;

export interface AffinityCookies {
  store(url: URL, setCookies: readonly string[], now: number): void;
  /** The value of the `Cookie` header; null: there is nothing to send. */
  headerFor(url: URL, now: number): string | null;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Not its sub-domains. */
  readonly isHostOnly: boolean;
  readonly path: string;
  /** Milliseconds since 1970; null: as long as we live. */
  readonly expiresAt: number | null;
}

export function openAffinityCookies(): AffinityCookies {
  let cookies: readonly Cookie[] = [];
  return {
    store(url, setCookies, now) {
      if (!isAffinityHost(url)) return;
      for (const text of setCookies) {
        const cookie = cookieOf(text, url, now);
        if (cookie === null) continue;
        const others = cookies.filter((it) => !isSameCookie(it, cookie) && !isOver(it, now));
        cookies = isOver(cookie, now) ? others : [...others, cookie].slice(-COOKIES);
      }
    },
    headerFor(url, now) {
      if (!isAffinityHost(url)) return null;
      const sent = cookies.filter((it) => !isOver(it, now) && isOfHost(it, url.hostname) && isOfPath(it, url.pathname));
      // The longer path first, as RFC 6265 wants it.
      const ordered = sent.toSorted((a, b) => b.path.length - a.path.length);
      return ordered.length === 0 ? null : ordered.map(({ name, value }) => `${name}=${value}`).join('; ');
    },
  };
}

export function isAffinityHost({ protocol, hostname }: URL): boolean {
  if (protocol !== 'https:') return false;
  return HOSTS.has(hostname) || DOMAINS.some((domain) => hostname.endsWith(domain));
}

function isAffinityName(name: string): boolean {
  return NAMES.has(name) || name.startsWith('cf_chl_');
}

function cookieOf(text: string, url: URL, now: number): Cookie | null {
  if (text.length > COOKIE_CHARACTERS) return null;
  const [pair = '', ...attributes] = text.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (equals < 1 || !isAffinityName(name) || !/^[\x21-\x7e]*$/.test(value)) return null;
  const said = new Map(
    attributes.map((it) => {
      const at = it.indexOf('=');
      const key = (at < 0 ? it : it.slice(0, at)).trim().toLowerCase();
      return [key, at < 0 ? '' : it.slice(at + 1).trim()] as const;
    }),
  );
  const domain = (said.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  if (domain !== '' && !mayBeFor(domain, url.hostname)) return null;
  const asked = said.get('path') ?? '';
  return {
    name,
    value,
    domain: domain === '' ? url.hostname : domain,
    isHostOnly: domain === '',
    path: asked.startsWith('/') ? asked : defaultPath(url.pathname),
    expiresAt: expiryOf(said, now),
  };
}

/** A host speaks for itself and the domains above it that are on the list. */
function mayBeFor(domain: string, hostname: string): boolean {
  const isAbove = hostname === domain || hostname.endsWith(`.${domain}`);
  return isAbove && (HOSTS.has(domain) || DOMAINS.some((it) => domain.endsWith(it)));
}

/** `Max-Age` wins over `Expires`. One that says nothing readable lives as long as we do. */
function expiryOf(said: ReadonlyMap<string, string>, now: number): number | null {
  const age = said.get('max-age') ?? '';
  if (/^-?\d+$/.test(age)) return now + Number(age) * 1000;
  const date = Date.parse(said.get('expires') ?? '');
  return Number.isNaN(date) ? null : date;
}

function defaultPath(pathname: string): string {
  const end = pathname.lastIndexOf('/');
  return end <= 0 ? '/' : pathname.slice(0, end);
}

function isSameCookie(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.domain === b.domain && a.path === b.path;
}

function isOver({ expiresAt }: Cookie, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

function isOfHost({ domain, isHostOnly }: Cookie, hostname: string): boolean {
  return hostname === domain || (!isHostOnly && hostname.endsWith(`.${domain}`));
}

function isOfPath({ path }: Cookie, pathname: string): boolean {
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'));
}
