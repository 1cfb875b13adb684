// Which paths and hosts a line of text names.

export interface NamedPlace {
  readonly text: string;
  /** In quotes, or with a slash: meant as a path. A bare word may be anything. */
  readonly isSure: boolean;
}

const quoted = /'([^']+)'|"([^"]+)"|`([^`']+)[`']|‘([^’]+)’|“([^”]+)”|«\s?([^»]+?)\s?»|„([^“”]+)[“”]|「([^」]+)」/g;
const withSlash = /(?:^|[\s(=,:>@'"`])((?:~|\.{1,2})?\/[^\s'"`:,;()<>|&’]+)/g;
const relativeWithSlash = /(?:^|[\s(=:>])([\w.@+-]+(?:\/[\w.@+-]+)+)/g;
const address = /\b(?!unix:|file:)[a-z][a-z0-9+.-]*:\/\/\S+/gi;

/** Words that stand where a name could stand and never are one. */
const noName = /^(?:line \d+|\d+|E[A-Z]+|\w*[Ee]rror|fatal|warning|failed|open|socket|\[.*)$/;

/** Paths of a line, the most certain first. Addresses with a scheme are not paths. */
export function pathsIn(line: string): NamedPlace[] {
  const text = line.replace(address, ' ');
  const sure = [
    ...matchesOf(quoted, text).filter((it) => !/\s{2}|[{}]/.test(it)),
    ...matchesOf(withSlash, text),
    ...matchesOf(relativeWithSlash, text),
  ];
  const segments = text
    .split(/: |:$/)
    .slice(1)
    .map((it) => it.trim());
  const words = segments.filter((it) => it !== '' && !/\s/.test(it) && !noName.test(it));
  const isNew = new Set<string>();
  return [...sure.map((it) => ({ text: it, isSure: true })), ...words.map((it) => ({ text: it, isSure: false }))]
    .map((it) => ({ ...it, text: it.text.replace(/[.,;]+$/, (end) => (it.text === end ? end : '')) }))
    .filter((it) => it.text !== '' && !isNew.has(it.text) && isNew.add(it.text));
}

const hostName = String.raw`\[?[A-Za-z0-9](?:[A-Za-z0-9._-]|:(?=[0-9a-fA-F:]*:))*\]?`;

/** Where messages name the host they could not reach: the name, and the port where one follows. */
const hostPatterns: readonly RegExp[] = [
  new RegExp(`resolve (?:host(?:name)?|proxy)(?: address)?:? ['‘"]?(${hostName})`, 'i'),
  new RegExp(String.raw`(?:EAI_AGAIN|ENOTFOUND) (${hostName})(?::(\d+))?`),
  new RegExp(String.raw`(?:ENETUNREACH|ECONNREFUSED):? (${hostName}):(\d+)`),
  new RegExp(
    String.raw`(?:connect(?:ing)? to|connection to|server at) (?:host )?['‘"]?(${hostName})['’"]? ?(?:\([^)]*\))?,? port (\d+)`,
    'i',
  ),
  new RegExp(String.raw`connect(?:ing|ion)? to (${hostName}):(\d+)`, 'i'),
  new RegExp(String.raw`dial (?:tcp|udp)[46]? (${hostName}):(\d+)`),
  new RegExp(String.raw`\blookup (${hostName})`),
  new RegExp(`(?:resolving|bad address|host=|from) ['‘"]?(${hostName})['’"]`, 'i'),
  new RegExp(String.raw`\b(?:https?|git|ssh|ftp|wss?):\/\/(?:[^@/\s]+@)?(${hostName})(?::(\d+))?`, 'i'),
  new RegExp(String.raw`\/dev\/(?:tcp|udp)\/(${hostName})\/(\d+)`),
  new RegExp(String.raw`\b\w+@(${hostName}):`),
  new RegExp(String.raw`(?:^|: )(?:connect to (?:host )?)?(${hostName})(?: port (\d+))?: *$`),
];

/** The host a line is about as `host` or `host:port`, or null. */
export function hostIn(line: string): string | null {
  for (const pattern of hostPatterns) {
    const found = pattern.exec(line);
    const host = found?.[1]?.replace(/[.:]+$/, '');
    if (host === undefined || noHost.test(host)) continue;
    const port = found?.[2];
    return port === undefined ? host : `${host}:${port}`;
  }
  return null;
}

const noHost =
  /^(?:socket|connect|connection|error|failed|host|server|proxy|name|line|the|-?\d{1,4}|[A-Z][a-z]+Error)$/i;

export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.[\d.]+|\[?::1\]?|0\.0\.0\.0)(?::\d+)?$/.test(host);
}

export function portOf(host: string): number | null {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined ? null : Number(port);
}

function matchesOf(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match.slice(1).find((it) => it !== undefined) ?? []);
}
