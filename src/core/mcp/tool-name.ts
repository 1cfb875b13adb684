// The name a model calls a server's tool by: legal for every provider, and of one tool only.

import { createHash } from 'node:crypto';

const LONGEST = 64;

/**
 * A name that says server and tool as they are is kept. Any other gets a digest of both, so that two tools never
 * become one by what was replaced or cut.
 */
export function qualifiedName(server: string, tool: string): string {
  const plain = `mcp__${server}__${tool}`;
  const isPlain = /^[a-zA-Z0-9_-]+$/.test(plain) && plain.length <= LONGEST && isOneServer(server) && tool !== '';
  if (isPlain) return plain;
  const digest = createHash('sha256')
    .update(JSON.stringify([server, tool]))
    .digest('hex')
    .slice(0, 12);
  const legal = plain.slice(0, 4 * LONGEST).replace(/[^a-zA-Z0-9_-]/g, '_');
  return `${legal.slice(0, LONGEST - digest.length - 1)}_${digest}`;
}

/** The first two underscores after the server's name end it; `a__b` and `a_` would not let them. */
function isOneServer(server: string): boolean {
  return server !== '' && !server.includes('__') && !server.endsWith('_');
}
