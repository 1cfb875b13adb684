import { describe, expect, it } from 'vitest';
import { spellParams, spellSandbox } from '../../../src/exec/client/spelling.ts';
import { PARAMS } from '../../../src/exec/protocol/messages.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';
import { sandboxContext } from '../../../src/exec/protocol/sandbox-context.ts';
import { startParams, unwrap } from './listening.ts';

const special = (value: object, access: string, more = {}) => ({ path: { type: 'special', value }, access, ...more });
const around = (permissions: object) => ({
  permissions,
  cwd: 'file:///srv/proj',
  workspaceRoots: ['file:///srv/proj'],
  windowsSandboxLevel: 'disabled',
  windowsSandboxProxySettingsMode: 'reconcile',
  useLegacyLandlock: false,
});

/** As published clients send them. */
const CONTEXTS = {
  'a workspace': around({
    type: 'managed',
    file_system: {
      type: 'restricted',
      entries: [
        special({ kind: 'root' }, 'read'),
        special({ kind: 'project_roots' }, 'write'),
        special({ kind: 'slash_tmp' }, 'write'),
        special({ kind: 'project_roots', subpath: '.git' }, 'read', { missing_path_behavior: 'skip' }),
        special({ kind: 'unknown', path: ':future' }, 'read'),
        { path: { type: 'glob_pattern', pattern: '**/*.key' }, access: 'deny' },
        { path: { type: 'path', path: 'file:///srv/data' }, access: 'read' },
      ],
      glob_scan_max_depth: 3,
    },
    network: 'restricted',
  }),
  'all files': around({ type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' }),
  'no sandbox': { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' },
  'somebody else': { permissions: { type: 'external', network: 'enabled' }, windowsSandboxLevel: 'disabled' },
};

describe('a sandbox context is spelled as it was read', () => {
  for (const [name, context] of Object.entries(CONTEXTS))
    it(name, () => expect(spellSandbox(unwrap(decode(sandboxContext, context)))).toEqual(context));
});

it('what is sent is what the server reads: bytes in base64, the sandbox in its own spelling, nulls left out', () => {
  const sandbox = unwrap(decode(sandboxContext, CONTEXTS['a workspace']));
  const start = { ...startParams('p'), sandbox, arg0: null };
  const spelled = spellParams(start);
  expect(spelled?.sandbox).toEqual(CONTEXTS['a workspace']);
  expect(spelled).not.toHaveProperty('arg0');
  expect(unwrap(decode(PARAMS['process/start'], spelled))).toMatchObject({ ...start, managedNetwork: null });

  const write = { processId: 'p', writeId: '1', chunk: Buffer.from('\x00é') };
  expect(unwrap(decode(PARAMS['process/write'], spellParams(write)))).toEqual(write);

  const roots = { roots: [{ id: 'a', path: pathUri('/srv'), sandbox }] };
  expect(unwrap(decode(PARAMS['capabilityRoots/discoverV1'], spellParams(roots)))).toEqual(roots);
});
