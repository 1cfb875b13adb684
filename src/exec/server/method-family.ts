// To which family does a method belong, as it stands in the sentences of the wire? Pure.

import type { Method } from '../protocol/messages.ts';

export function familyOf(method: Method): string {
  switch (method) {
    case 'environment/info':
      return 'environment info';
    case 'environment/status':
      return 'environment status';
    case 'environmentConfig/read':
      return 'environment config';
    case 'capabilityRoots/discoverV1':
      return 'capability discovery';
    case 'http/request':
      return 'http';
    default:
      return method.startsWith('fs/') ? 'filesystem' : 'exec';
  }
}
