// How does a call fail on the wire? A code that programs look at, and a text for people.

import { constants } from 'node:os';
import { causeOf, errnoOf } from '../../problem/index.ts';

/** The codes of JSON-RPC, and three of this protocol's own: clients act on `notFound` and `attached` alone. */
export const CODES = {
  /** Wrong state, permission denied, an input that means nothing here. */
  invalidRequest: -32600,
  unknownMethod: -32601,
  /** Params that do not decode, or a value that is refused. */
  invalidParams: -32602,
  /** Anything the system refused. */
  internal: -32603,
  notFound: -32004,
  /** The session is attached to another living connection: worth another try. */
  attached: -32010,
} as const;

/** What an `error` member carries. */
export interface RpcFailure {
  readonly code: number;
  readonly message: string;
}

export const invalidRequest = (message: string): RpcFailure => ({ code: CODES.invalidRequest, message });
export const invalidParams = (message: string): RpcFailure => ({ code: CODES.invalidParams, message });
export const internal = (message: string): RpcFailure => ({ code: CODES.internal, message });
export const notFound = (message: string): RpcFailure => ({ code: CODES.notFound, message });

/** As the C library says it: the texts that clients of this protocol show to people. */
const TEXTS: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  E2BIG: 'Argument list too long',
  ENOEXEC: 'Exec format error',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EBUSY: 'Resource busy',
  EEXIST: 'File exists',
  EXDEV: 'Invalid cross-device link',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ETXTBSY: 'Text file busy',
  EFBIG: 'File too large',
  ENOSPC: 'No space left on device',
  ESPIPE: 'Illegal seek',
  EROFS: 'Read-only file system',
  EMLINK: 'Too many links',
  EPIPE: 'Broken pipe',
  ENAMETOOLONG: 'Filename too long',
  ENOTEMPTY: 'Directory not empty',
  ELOOP: 'Symbolic link loop',
  EDQUOT: 'Disk quota exceeded',
  ENOTSUP: 'Operation not supported',
};

/** `Read-only file system (os error 30)` for `EROFS`; the name itself for one that is not in the table. */
export function osErrorText(errno: string): string {
  const number: unknown = Reflect.get(constants.errno, errno);
  return typeof number === 'number' ? `${TEXTS[errno] ?? errno} (os error ${number})` : errno;
}

/** A caught error of the system as a failure of the file family. */
export function fileFailure(error: unknown): RpcFailure {
  const errno = errnoOf(error);
  if (errno === '') return internal(causeOf(error));
  const text = osErrorText(errno);
  if (errno === 'ENOENT') return notFound(text);
  return errno === 'EACCES' || errno === 'EPERM' || errno === 'EINVAL' ? invalidRequest(text) : internal(text);
}
