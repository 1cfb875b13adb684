// Which other files does a plugin's manifest name?

import { fail, ok, type Result } from '../../problem/index.ts';
import type { PathUri } from '../protocol/path-uri.ts';
import { below } from './root-scan.ts';

/** `path` null: there is none to read, as the manifest says it itself. */
export interface NamedFile {
  readonly path: PathUri | null;
  /** Why what the manifest names is passed over; null when it is not. */
  readonly warning: string | null;
}

export interface PluginFiles {
  readonly mcpConfig: NamedFile;
  readonly appsConfig: NamedFile;
}

/** A manifest that is no JSON names nothing: what it says is judged by whoever asked for it. */
export function pluginFiles(root: PathUri, manifest: PathUri, contents: string): PluginFiles {
  const { mcpServers, apps } = membersOf(contents);
  const named = (key: string, value: unknown, standard: string): NamedFile => {
    if (typeof value !== 'string') return { path: below(root, standard), warning: null };
    const path = insideRoot(root, value);
    if (path.ok) return { path: path.value, warning: null };
    return { path: below(root, standard), warning: `ignoring ${key} in ${manifest}: ${path.problem}` };
  };
  return {
    mcpConfig: isRecord(mcpServers) ? { path: null, warning: null } : named('mcpServers', mcpServers, '.mcp.json'),
    appsConfig: named('apps', apps, '.app.json'),
  };
}

/** Links may still lead out of the root: what may be read is the sandbox's to say. */
function insideRoot(root: PathUri, named: string): Result<PathUri, string> {
  if (!named.startsWith('./')) return fail('path must start with `./`');
  const path = named.slice(2);
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/') || names.length === 0 || names.includes('..')) {
    return fail('path must remain below the capability root');
  }
  return ok(below(root, names.join('/')));
}

function membersOf(contents: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(contents);
    return isRecord(value) ? value : {};
  } catch {
    return {}; // Not JSON.
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
