// Which operations are there, and how closely does the name in a rule fit one?

const operations = new Set([
  ...['file-read-data', 'file-read-metadata', 'file-read-xattr'],
  ...['file-write-create', 'file-write-data', 'file-write-unlink', 'file-write-mode', 'file-write-owner'],
  ...['file-write-flags', 'file-write-times', 'file-write-xattr', 'file-ioctl', 'file-map-executable'],
  ...['network-bind', 'network-inbound', 'network-outbound', 'system-socket'],
  ...['process-exec', 'process-fork', 'process-info-pidinfo', 'process-info-codesignature', 'signal'],
  ...['mach-lookup', 'iokit-open', 'pseudo-tty', 'sysctl-read', 'sysctl-write', 'user-preference-read'],
  ...['ipc-posix-sem', 'ipc-posix-shm-read-data', 'ipc-posix-shm-read-metadata'],
  ...['ipc-posix-shm-write-create', 'ipc-posix-shm-write-data', 'ipc-posix-shm-write-unlink'],
]);

const families = new Set([
  ...['file*', 'file-read*', 'file-write*', 'network*', 'process*', 'process-exec*', 'process-info*'],
  ...['mach*', 'ipc*', 'ipc-posix*', 'ipc-posix-shm*', 'ipc-posix-shm-read*', 'ipc-posix-shm-write*', 'sysctl*'],
]);

export function isOperation(name: string): boolean {
  return operations.has(name);
}

/** Throws for a name that a rule cannot be about. */
export function checkRuleOperation(name: string): void {
  if (name !== 'default' && !operations.has(name) && !families.has(name)) throw new Error(`no operation: ${name}`);
}

/** How much of the operation the name in a rule spells out: null for another operation, most for the very same. */
export function closeness(ruleOperation: string, operation: string): number | null {
  if (ruleOperation === 'default') return 0;
  if (ruleOperation === operation) return Number.POSITIVE_INFINITY;
  const family = ruleOperation.endsWith('*') ? ruleOperation.slice(0, -1) : null;
  return family !== null && (operation === family || operation.startsWith(`${family}-`)) ? family.length : null;
}
