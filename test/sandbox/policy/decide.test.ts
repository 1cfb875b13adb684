// Which rule decides: the traps of the policy language, each as a small policy.

import { describe, expect, it } from 'vitest';
import { decide, type PolicyAccess, type Precedence, type Verdict } from './decide.ts';

function ask(rules: string, access: PolicyAccess, precedence?: Precedence): Verdict {
  return decide(`(version 1)(deny default)${rules}`, { HERE: '/here', ODD: '/a (b) "c' }, access, precedence);
}

const at = (operation: string, path: string): PolicyAccess => ({ operation, path });
const to = (remote: string): PolicyAccess => ({ operation: 'network-outbound', remote });

describe('of several rules', () => {
  const openThenClosed = '(allow file-read* (subpath "/a"))(deny file-read* (subpath "/a/b"))';

  it('the last that matches decides, and where none does the default', () => {
    expect(ask(openThenClosed, at('file-read-data', '/a/b/c'))).toBe('deny');
    expect(ask(openThenClosed, at('file-read-data', '/a/c'))).toBe('allow');
    expect(ask(openThenClosed, at('file-write-data', '/a/c'))).toBe('deny');
    expect(decide('(version 1)(allow default)', {}, at('file-write-data', '/a'))).toBe('allow');
  });

  it.each<[string, string, Verdict, Verdict]>([
    [
      'the one for the very operation beats a later one for its family',
      '(deny file-write-unlink)(allow file-write*)',
      'deny',
      'allow',
    ],
    [
      'of two for the very operation the last decides',
      '(deny file-write-unlink)(allow file-write-unlink)',
      'allow',
      'allow',
    ],
    ['a family beats a later larger one', '(deny file-write*)(allow file*)', 'deny', 'allow'],
    ['a family beats a later default', '(allow file-write*)(deny default)', 'allow', 'allow'],
    [
      'the closest counts in a rule about several',
      '(deny file-write* file-write-unlink)(allow file-write*)',
      'deny',
      'allow',
    ],
    [
      'a closer one that does not match decides nothing',
      '(deny file-write-unlink (literal "/y"))(allow file-write*)',
      'allow',
      'allow',
    ],
  ])('%s', (_, rules, closest, last) => {
    expect(ask(rules, at('file-write-unlink', '/x'))).toBe(closest);
    expect(ask(rules, at('file-write-unlink', '/x'), 'last')).toBe(last);
  });

  it('a family is no other that begins alike', () => {
    expect(ask('(allow process-info*)', { operation: 'process-exec' })).toBe('deny');
    expect(ask('(allow process-exec*)', { operation: 'process-exec' })).toBe('allow');
  });
});

describe('a filter', () => {
  it.each<[string, string, Verdict]>([
    ['(literal "/a")', '/a', 'allow'],
    ['(literal "/a")', '/a/b', 'deny'],
    ['(path "/a")', '/a', 'allow'],
    ['(subpath "/a")', '/a', 'allow'],
    ['(subpath "/a")', '/a/b/c', 'allow'],
    ['(subpath "/a")', '/ab', 'deny'],
    ['(subpath "/")', '/ab', 'allow'],
    ['(prefix "/a")', '/ab', 'allow'],
    ['(subpath (param "HERE"))', '/here/b', 'allow'],
    ['(literal (param "ODD"))', '/a (b) "c', 'allow'],
    ['(regex #"^/a/[^/]*$")', '/a/b', 'allow'],
    ['(regex #"^/a/[^/]*$")', '/a/b/c', 'deny'],
    ['(regex #"b")', '/a/b/c', 'allow'],
    ['(path-ancestors "/a/b/c")', '/a/b', 'allow'],
    ['(path-ancestors "/a/b/c")', '/', 'allow'],
    ['(path-ancestors "/a/b/c")', '/a/b/c', 'deny'],
    ['(path-ancestors "/a/b/c")', '/a/x', 'deny'],
    ['(literal "/a") (literal "/b")', '/b', 'allow'],
    ['(literal "/a" "/b")', '/b', 'allow'],
    ['(require-all (subpath "/a") (require-not (subpath "/a/b")))', '/a/c', 'allow'],
    ['(require-all (subpath "/a") (require-not (subpath "/a/b")))', '/a/b/c', 'deny'],
    ['(require-any (literal "/a") (require-all (prefix "/b") (regex #"c$")))', '/bc', 'allow'],
    ['(require-all (literal "/a") (vnode-type CHARACTER-DEVICE))', '/a', 'deny'],
  ])('%s about %s: %s', (filter, path, expected) => {
    expect(ask(`(allow file-read* ${filter})`, at('file-read-data', path))).toBe(expected);
  });

  it('knows what kind of file it is about', () => {
    const device = { ...at('file-write-data', '/dev/null'), vnodeType: 'CHARACTER-DEVICE' };
    expect(ask('(allow file-write-data (require-all (path "/dev/null") (vnode-type CHARACTER-DEVICE)))', device)).toBe(
      'allow',
    );
    const own = { ...at('file-read-data', '/dev/ttys001'), extension: 'com.apple.sandbox.pty' };
    expect(ask('(allow file-read* (extension "com.apple.sandbox.pty"))', own)).toBe('allow');
  });

  it.each<[string, PolicyAccess, Verdict]>([
    ['(allow network-outbound (remote ip "localhost:80"))', to('127.0.0.1:80'), 'allow'],
    ['(allow network-outbound (remote ip "localhost:80"))', to('[::1]:80'), 'allow'],
    ['(allow network-outbound (remote ip "localhost:80"))', to('127.0.0.1:8080'), 'deny'],
    ['(allow network-outbound (remote ip "localhost:80"))', to('[::ffff:127.0.0.1]:80'), 'deny'],
    ['(allow network-outbound (remote ip "localhost:*"))', to('192.0.2.1:80'), 'deny'],
    ['(allow network-outbound (remote ip "*:53"))', to('192.0.2.1:53'), 'allow'],
    ['(allow network-outbound (remote udp "*:53"))', to('192.0.2.1:53'), 'deny'],
    ['(allow network-outbound (remote udp "*:53"))', { ...to('192.0.2.1:53'), protocol: 'udp' }, 'allow'],
    // Before it is connected a socket has any address, which every local filter takes for its own.
    ['(allow network-outbound (local ip "localhost:*"))', to('192.0.2.1:80'), 'allow'],
    ['(allow network-bind (local ip "*:*"))', { operation: 'network-bind', local: '[::ffff:127.0.0.1]:0' }, 'allow'],
    ['(allow network-bind (local ip "localhost:*"))', { operation: 'network-bind', local: '0.0.0.0:0' }, 'deny'],
    ['(allow network-outbound (remote unix-socket))', { operation: 'network-outbound', unixSocket: '/a' }, 'allow'],
    ['(allow network-outbound (remote unix-socket))', to('127.0.0.1:80'), 'deny'],
    [
      '(allow network-outbound (remote unix-socket (subpath "/a")))',
      { operation: 'network-outbound', unixSocket: '/a/b' },
      'allow',
    ],
    [
      '(allow network-outbound (remote unix-socket (subpath "/a")))',
      { operation: 'network-bind', unixSocket: '/a/b' },
      'deny',
    ],
    ['(allow network* (remote ip "*:*"))', { operation: 'network-outbound', unixSocket: '/a' }, 'deny'],
    [
      '(allow system-socket (require-all (socket-domain AF_SYSTEM) (socket-protocol 2)))',
      { operation: 'system-socket', socketDomain: 'AF_SYSTEM', socketProtocol: 2 },
      'allow',
    ],
    [
      '(allow system-socket (socket-domain AF_UNIX))',
      { operation: 'system-socket', socketDomain: 'AF_SYSTEM' },
      'deny',
    ],
    [
      '(allow mach-lookup (global-name "a.b") (global-name-prefix "c."))',
      { operation: 'mach-lookup', name: 'c.d' },
      'allow',
    ],
    ['(allow sysctl-read (sysctl-name-regex #"^net[.]"))', { operation: 'sysctl-read', name: 'net.x' }, 'allow'],
    ['(allow signal (target same-sandbox))', { operation: 'signal', target: 'others' }, 'deny'],
  ])('%s asked %o: %s', (rules, access, expected) => {
    expect(ask(rules, access)).toBe(expected);
  });
});

describe('a mistake is an error, wherever in the policy it is', () => {
  it.each([
    ['(allow file-reed*)', 'no operation: file-reed*'],
    ['(allow file-re*)', 'no operation: file-re*'],
    ['(allow file-read* (sub-path "/a"))', 'no filter'],
    ['(allow file-read* (require-not (sub-path "/a")))', 'no filter'],
    ['(allow file-read* (require-not (literal "/a") (literal "/b")))', 'not one filter'],
    ['(allow file-read* (literal (param "NOWHERE")))', 'no parameter NOWHERE'],
    ['(allow file-read* (literal "a/b"))', 'no whole path'],
    ['(allow file-read* (subpath "/a/"))', 'no whole path'],
    ['(allow file-read* (regex "^/a"))', 'no regular expression'],
    ['(allow file-read* (regex #"^/(a"))', 'Unterminated group'],
    ['(allow file-read* (literal))', 'about nothing'],
    ['(allow file-read* (remote ip "*:*"))', 'says nothing about file-read*'],
    ['(allow network-outbound (remote ip "example.com:80"))', 'no address'],
    ['(allow network-outbound (remote ip "127.0.0.1:80"))', 'no address'],
    ['(allow network-outbound (remote unix-socket (global-name "a")))', 'no path'],
    ['(allow network-outbound (remote "localhost:80"))', 'no end'],
    ['(allow mach-lookup (literal "/a"))', 'says nothing about mach-lookup'],
  ])('%s', (rules, why) => {
    expect(() => ask(rules, at('file-write-data', '/x'))).toThrow(why);
  });

  it('an access nobody can make, and a policy without a default', () => {
    expect(() => ask('', at('file-read*', '/x'))).toThrow('no operation: file-read*');
    expect(() => decide('(version 1)(allow file-read*)', {}, at('file-read-data', '/x'))).toThrow('by default');
  });
});
