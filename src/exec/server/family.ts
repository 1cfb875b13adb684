// Who does the work of a connection that is not about processes? Its files, HTTP requests, configuration and roots.

import { discoverRoots } from '../discovery/capability-roots.ts';
import { type ConfigPlace, readEnvironmentConfig } from '../discovery/environment-config.ts';
import type { Environment } from '../environment.ts';
import type { FileHelper } from '../files/helper-profile.ts';
import { openSandboxedFiles } from '../files/sandboxed-files.ts';
import { openMissingWatches } from '../files/watch-missing.ts';
import { openAffinityCookies } from '../http/affinity-cookies.ts';
import { openHttpCalls } from '../http/calls.ts';
import type { Capabilities } from '../protocol/messages.ts';
import type { Variables } from '../shell-environment.ts';
import type { OpenFamily } from './calls.ts';
import { boundProfileOf, type SandboxDefaults } from './sandbox-intent.ts';

export interface FamilyOptions {
  /** Where helpers for files run. */
  readonly environment: Environment;
  readonly env: Variables;
  readonly sandbox: SandboxDefaults;
  readonly config: ConfigPlace;
  /** What works on files inside a sandbox. */
  readonly helper: FileHelper;
  /** Certificates in PEM to trust beside those that Node knows. */
  readonly certificates: readonly string[];
}

/** What a peer may use because of it. */
export const FAMILY_CAPABILITIES: Partial<Capabilities> = {
  capabilityDiscoverySandbox: true,
  environmentConfigRead: true,
  fsWatchMissing: true,
  httpHeaderEnvVars: true,
  sandboxedFileStreaming: true,
  fileWriteStreaming: true,
};

export function familyOpener({ environment, env, sandbox, config, helper, certificates }: FamilyOptions): OpenFamily {
  const cookies = openAffinityCookies();
  return (tell) => {
    const { closeAll, ...files } = openSandboxedFiles({
      environment,
      helper,
      variables: env,
      bind: async (context) => boundProfileOf(context, sandbox, null),
    });
    const watches = openMissingWatches((watchId) => tell('fs/missingChanged', { watchId }));
    const http = openHttpCalls({
      env,
      ca: certificates,
      cookies,
      tell: (delta) => tell('http/request/bodyDelta', delta),
    });
    return {
      calls: {
        ...files,
        'fs/watchMissing': watches.watch,
        'http/request': http.request,
        'environmentConfig/read': (params) => readEnvironmentConfig(params, config),
        'capabilityRoots/discoverV1': (params) => discoverRoots(params, files),
      },
      async closeAll() {
        http.closeAll();
        await Promise.all([watches.closeAll(), closeAll()]);
      },
    };
  };
}
