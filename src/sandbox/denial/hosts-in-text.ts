// Which hosts a line of text names.

const hostName = String.raw`(?:\[[0-9A-Fa-f:.]+\]|::[0-9A-Fa-f:.]*|[A-Za-z0-9](?:[A-Za-z0-9._-]|:(?=[0-9a-fA-F:]*:))*)`;

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
  new RegExp(String.raw`\bquery\w* E[A-Z]+ (${hostName})`),
  new RegExp(String.raw`"(?:address|host|hostname)":"(${hostName})"(?:,"port":(\d+))?`),
  new RegExp(String.raw`dial (?:tcp|udp)[46]? (${hostName}):(\d+)`),
  new RegExp(String.raw`\blookup (${hostName})`),
  new RegExp(`(?:resolving|bad address|host=|from) ['‘"]?(${hostName})['’"]`, 'i'),
  new RegExp(String.raw`\b(?:https?|git|ssh|ftp|wss?):\/\/(?:[^@/\s]+@)?(${hostName})(?::(\d+))?`, 'i'),
  new RegExp(String.raw`\/dev\/(?:tcp|udp)\/(${hostName})\/(\d+)`),
  new RegExp(String.raw`\b\w+@(${hostName}):`),
  new RegExp(String.raw`\(["'](${hostName})["'], ?(\d+)\)`),
  /(?:^|\s)((?:\d{1,3}\.){3}\d{1,3})(?::(\d+))?\b/,
  new RegExp(String.raw`(?:^|: )(?:connect to (?:host )?)?(${hostName})(?: port (\d+))?: *$`),
];

/** The host a line is about as `host` or `host:port`, or null. */
export function hostIn(line: string): string | null {
  for (const pattern of hostPatterns) {
    const found = pattern.exec(line);
    const host = found?.[1]?.replace(/[.:]+$/, '');
    if (host === undefined || noHost.test(host)) continue;
    return withPort(host, found?.[2]);
  }
  return null;
}

const noHost =
  /^(?:socket|connect|connection|error|failed|host|server|proxy|name|line|the|-?\d{1,4}|[A-Z][a-z]+Error)$/i;

export function isLoopback(host: string): boolean {
  return /^(?:(?:[\w-]+\.)*localhost|127\.[\d.]+|\[?::1\]?|0\.0\.0\.0)(?::\d+)?$/i.test(host);
}

export function portOf(host: string): number | null {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined ? null : Number(port);
}

/** A whole word, or in quotes: an address, or a name with a dot in it. `dns.lookup(` and `a.b = c` are code. */
const bareHost =
  /(?<=^|["'`\s(@=])((?:\d{1,3}\.){3}\d{1,3}|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})(?::(\d+))?(?=$|["'`\s)/;,:])/gi;

const fileName =
  /\.(?:[cm]?[jt]sx?|py|rb|pl|sh|php|lua|go|rs|c|h|cc|cpp|hpp|java|json|toml|ya?ml|xml|md|txt|log|html?|css|csv|tar|t?gz|zip|lock|cfg|conf|ini)$/i;

/**
 * The host a command names where no address with a scheme says so. `isFile` tells names of files from names of hosts,
 * which can look the same.
 */
export function hostInCommand(command: string, isFile: (name: string) => boolean): string | null {
  const known = hostIn(command);
  if (known !== null) return known;
  const bare = [...command.matchAll(bareHost)].filter(([, host = '']) => !fileName.test(host) && !isFile(host));
  const found = bare.find(([, host = '']) => /^[\d.]+$/.test(host)) ?? bare[0];
  return found?.[1] === undefined ? null : withPort(found[1], found[2]);
}

/** `example.com:443` and `example.com` are the same host; one says more. */
export function hostWithoutPort(host: string): string {
  return /^\[?[^[\]]*:[^[\]]*:/.test(host) && !host.startsWith('[') ? host : host.replace(/:\d+$/, '');
}

function withPort(host: string, port: string | undefined): string {
  if (port === undefined) return host;
  return host.startsWith('[') || !host.includes(':') ? `${host}:${port}` : `[${host}]:${port}`;
}
