// How are the params of a call spelled as JSON?

import { assertNever } from '../../problem/index.ts';
import type { Method, Params } from '../protocol/messages.ts';
import type { SandboxContext, WireEntry, WirePermissions } from '../protocol/sandbox-context.ts';

type Nullable<T> = { [K in keyof T]: null extends T[K] ? K : never }[keyof T];
type Given<T> = Omit<T, Nullable<T>> & Partial<Pick<T, Nullable<T>>>;

/** What a caller gives: bytes as bytes, and what may be null may be left out. */
export type CallParams<M extends Method> = Params<M> extends null ? null : Given<Params<M>>;

/** What is null is left out: older servers know fewer names. */
export function spellParams(params: object | null): Readonly<Record<string, unknown>> | null {
  return params === null ? null : (spell(params) as Record<string, unknown>);
}

function spell(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(spell);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === 'sandbox' ? spellSandbox(item as SandboxContext) : spell(item)]),
  );
}

/** The symbolic profile as it travels; `sandboxContext` of the protocol reads it back. */
export function spellSandbox(context: SandboxContext): unknown {
  return { ...(spell(context) as object), permissions: spellPermissions(context.permissions) };
}

function spellPermissions(permissions: WirePermissions): unknown {
  switch (permissions.tag) {
    case 'disabled':
      return { type: 'disabled' };
    case 'external':
      return { type: 'external', network: permissions.network };
    case 'managed': {
      const { file_system: files, network } = permissions;
      if (files.tag === 'unrestricted') return { type: 'managed', file_system: { type: 'unrestricted' }, network };
      const { entries, glob_scan_max_depth: depth } = files;
      const restricted = { type: 'restricted', entries: entries.map(spellEntry) };
      const file_system = depth === null ? restricted : { ...restricted, glob_scan_max_depth: depth };
      return { type: 'managed', file_system, network };
    }
    default:
      return assertNever(permissions);
  }
}

function spellEntry({ path, access, missing_path_behavior: missing }: WireEntry): unknown {
  return { path: spellEntryPath(path), access, ...(missing === null ? {} : { missing_path_behavior: missing }) };
}

function spellEntryPath(path: WireEntry['path']): unknown {
  switch (path.tag) {
    case 'path':
      return { type: 'path', path: path.path };
    case 'glob_pattern':
      return { type: 'glob_pattern', pattern: path.pattern };
    case 'special': {
      const { tag, ...rest } = path.value;
      return { type: 'special', value: { kind: tag, ...(spell(rest) as object) } };
    }
    default:
      return assertNever(path);
  }
}
