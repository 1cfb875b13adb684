// Which accesses does each profile allow, on every system? The table both backends are held against.

/** What a program does; paths are below the world's root unless they begin with `/`. */
export type Access =
  | { readonly does: 'read' | 'write' | 'create' | 'mkdir' | 'unlink' | 'chmod' | 'run' | 'see'; readonly at: string }
  /** Finds `entry` in a folder. */
  | { readonly does: 'list'; readonly at: string; readonly entry: string }
  | { readonly does: 'rename'; readonly at: string; readonly to: string }
  /** To a unix socket, or from one of its own. */
  | { readonly does: 'connect' | 'serve'; readonly at: string }
  /** To `HOST:PORT`; the port `machine` is a loopback server of the machine, `proxy` the proxy's. */
  | { readonly does: 'reach'; readonly at: string }
  /** A loopback server of its own, and a connection to it. */
  | { readonly does: 'serveOneself'; readonly at: '127.0.0.1' };

export type Platform = 'macos' | 'linux';

export interface Row {
  readonly profile: ProfileName;
  readonly access: Access;
  readonly expected: 'allow' | 'deny';
  /** Where only one platform can say this, or they differ: which one, and why. */
  readonly only?: { readonly platform: Platform; readonly because: string };
}

export type ProfileName =
  | 'workspace'
  | 'readOnly'
  | 'dev'
  | 'restricted'
  | 'sockets'
  | 'allSockets'
  | 'enabled'
  | 'enabledWithSockets'
  | 'proxied'
  | 'proxiedWithoutProxy'
  | 'ownServers'
  | 'noServers'
  | 'gitGranted'
  | 'codexGranted';

const read = (at: string): Access => ({ does: 'read', at });
const see = (at: string): Access => ({ does: 'see', at });
const write = (at: string): Access => ({ does: 'write', at });
const create = (at: string): Access => ({ does: 'create', at });
const mkdir = (at: string): Access => ({ does: 'mkdir', at });
const unlink = (at: string): Access => ({ does: 'unlink', at });
const chmod = (at: string): Access => ({ does: 'chmod', at });
const run = (at: string): Access => ({ does: 'run', at });
const list = (at: string, entry: string): Access => ({ does: 'list', at, entry });
const rename = (at: string, to: string): Access => ({ does: 'rename', at, to });
const connect = (at: string): Access => ({ does: 'connect', at });
const serve = (at: string): Access => ({ does: 'serve', at });
const reach = (at: string): Access => ({ does: 'reach', at });
const serveOneself: Access = { does: 'serveOneself', at: '127.0.0.1' };

function rows(profile: ProfileName, expected: Row['expected'], ...accesses: readonly Access[]): Row[] {
  return accesses.map((access) => ({ profile, access, expected }));
}

function only(platform: Platform, because: string, more: readonly Row[]): Row[] {
  return more.map((row) => ({ ...row, only: { platform, because } }));
}

const ignoresCase = 'another case is another name on Linux';
const ownLoopback = 'a network namespace has a loopback of its own, Seatbelt has the machine’s';
const notStarted = 'on Linux the engine joins the command to the proxy, which these tests do not start';
const noRoute = 'tests leave the machine nowhere';
const covered = 'what Linux closes by a mount is still there to be looked at, empty';
const foundByPattern = 'mounts close what was there at the start';

export const table: readonly Row[] = [
  // The workspace, its protected names, and what is beside it.
  ...rows('workspace', 'allow', read('ws/a.txt'), write('ws/a.txt'), create('ws/new.txt'), mkdir('ws/new')),
  ...rows('workspace', 'allow', unlink('ws/a.txt'), chmod('ws/a.txt'), run('ws/tool'), list('ws', 'a.txt')),
  ...rows('workspace', 'allow', rename('ws/a.txt', 'ws/b.txt'), rename('ws/sub', 'ws/sub2'), rename('ws/a/b', 'ws/b')),
  ...rows('workspace', 'allow', read('outside/o.txt'), run('outside/tool'), read('/etc/passwd'), see('outside')),
  ...rows('workspace', 'allow', write('tmp/t.txt'), create('tmp/new.txt'), mkdir('tmp/.git'), create('/tmp/NEW')),
  ...rows('workspace', 'deny', write('outside/o.txt'), create('outside/new.txt'), unlink('outside/o.txt')),
  ...rows('workspace', 'deny', chmod('outside/o.txt'), mkdir('outside/new'), rename('outside/o.txt', 'ws/o.txt')),
  ...rows('workspace', 'deny', rename('ws/a.txt', 'outside/a.txt'), create('wsx'), create('/etc/codex-never')),
  ...rows('workspace', 'allow', read('ws/.git/config'), see('ws/.git'), list('ws/.git', 'config')),
  ...rows('workspace', 'deny', write('ws/.git/config'), create('ws/.git/new'), create('ws/.git/hooks/post-commit')),
  ...rows('workspace', 'deny', unlink('ws/.git/config'), rename('ws/.git', 'ws/git'), chmod('ws/.git/config')),
  ...rows('workspace', 'deny', mkdir('ws/.codex'), mkdir('ws/.agents'), create('ws/.aws/credentials')),
  ...rows('workspace', 'deny', rename('ws/sub', 'ws/.codex'), create('ws/.agents/new')),
  ...only(
    'linux',
    'a folder stands in the place of the name, a policy says no',
    rows('workspace', 'allow', see('ws/.aws')),
  ),
  ...rows(
    'workspace',
    'allow',
    write('ws/nested/.git/config'),
    create('ws/.github'),
    create('ws/x.git'),
    mkdir('ws/sub/.codex'),
  ),
  ...only(
    'macos',
    ignoresCase,
    rows('workspace', 'deny', mkdir('ws/.GIT'), create('ws/.Git/hooks/x'), create('ws/.CODEX')),
  ),
  ...only('linux', ignoresCase, rows('workspace', 'allow', mkdir('ws/.GIT'), create('ws/.CODEX'))),
  ...rows('workspace', 'deny', rename('ws', 'ws2'), rename('ws', 'tmp/ws')),
  ...rows(
    'workspace',
    'deny',
    read('home/.codex/auth.json'),
    read('home/.codex/codex_ts/auth.json'),
    write('home/.codex/auth.json'),
  ),
  ...rows('workspace', 'allow', read('home/.codex/config.toml'), see('home/.codex')),
  ...rows(
    'workspace',
    'deny',
    write('home/.codex/config.toml'),
    read('runtime/owner.txt'),
    create('runtime/new'),
    list('runtime', 'owner.txt'),
  ),
  ...rows(
    'workspace',
    'deny',
    connect('sock/listed.sock'),
    connect('ws/run/in.sock'),
    serve('ws/run/own.sock'),
    reach('192.0.2.1:80'),
  ),

  ...rows('readOnly', 'allow', read('ws/a.txt'), run('ws/tool'), write('/dev/null')),
  ...rows('readOnly', 'deny', write('ws/a.txt'), create('ws/new.txt'), create('tmp/new.txt'), create('/tmp/NEW')),
  ...rows(
    'readOnly',
    'deny',
    mkdir('ws/.codex'),
    unlink('ws/a.txt'),
    rename('ws/a.txt', 'ws/b.txt'),
    read('home/.codex/auth.json'),
  ),

  // Places that are closed, opened again below, and closed again below that; the ways around them.
  ...rows(
    'dev',
    'allow',
    read('ws/docs/guide.md'),
    read('ws/a/b/docs/deep.md'),
    create('ws/a/b/new.txt'),
    mkdir('ws/a/new'),
  ),
  ...rows(
    'dev',
    'deny',
    write('ws/docs/guide.md'),
    create('ws/docs/new.md'),
    unlink('ws/docs/guide.md'),
    rename('ws/docs', 'ws/docs2'),
  ),
  ...rows(
    'dev',
    'deny',
    write('ws/a/b/docs/deep.md'),
    rename('ws/a/b/docs', 'ws/d'),
    rename('ws/a/b', 'ws/a/b2'),
    rename('ws/a', 'ws/a2'),
  ),
  ...rows('dev', 'deny', mkdir('ws/planned'), create('ws/planned/x'), rename('ws/sub', 'ws/planned')),
  ...only('macos', ignoresCase, rows('dev', 'deny', rename('ws/sub', 'ws/DOCS'), mkdir('ws/Planned'))),
  ...rows(
    'dev',
    'deny',
    read('ws/a/key'),
    write('ws/a/key'),
    unlink('ws/a/key'),
    rename('ws/a/key', 'ws/k'),
    chmod('ws/a/key'),
  ),
  ...rows(
    'dev',
    'deny',
    read('ws/vault/secret.txt'),
    create('ws/vault/new'),
    list('ws/vault', 'secret.txt'),
    run('ws/vault/tool'),
  ),
  ...rows(
    'dev',
    'deny',
    rename('ws/vault', 'ws/v'),
    rename('ws/vault/secret.txt', 'ws/s'),
    unlink('ws/vault/secret.txt'),
  ),
  ...rows(
    'dev',
    'allow',
    read('ws/vault/open/o.txt'),
    write('ws/vault/open/o.txt'),
    create('ws/vault/open/new'),
    unlink('ws/vault/open/o.txt'),
  ),
  ...rows(
    'dev',
    'allow',
    rename('ws/vault/open/o.txt', 'ws/vault/open/p.txt'),
    list('ws/vault/open', 'o.txt'),
    see('ws/vault/open'),
  ),
  ...rows('dev', 'deny', rename('ws/vault/open', 'ws/vault/opened'), rename('ws/vault/open', 'ws/opened')),
  ...rows(
    'dev',
    'deny',
    read('ws/vault/open/shut/s.txt'),
    create('ws/vault/open/shut/new'),
    rename('ws/vault/open/shut', 'ws/vault/open/x'),
  ),
  ...rows('dev', 'allow', read('ws/vault/shown/v.txt'), list('ws/vault/shown', 'v.txt')),
  ...rows('dev', 'deny', write('ws/vault/shown/v.txt'), create('ws/vault/shown/new'), unlink('ws/vault/shown/v.txt')),
  ...rows('dev', 'deny', read('secret/a.txt'), write('secret/a.txt'), list('secret', 'a.txt'), create('secret/new')),
  ...rows('dev', 'allow', read('secret/open/b.txt'), list('secret/open', 'b.txt')),
  ...rows('dev', 'deny', write('secret/open/b.txt'), create('secret/open/new')),
  ...rows('dev', 'allow', write('second/s.txt'), rename('second/s.txt', 'second/t.txt')),
  ...rows(
    'dev',
    'deny',
    mkdir('second/.git'),
    rename('ws/.git', 'second/git'),
    rename('ws/a', 'second/a'),
    rename('second', 'ws/second'),
  ),
  ...only('macos', covered, rows('dev', 'deny', see('ws/a/key'), see('secret/a.txt'), see('ws/prod.env'))),
  ...only('linux', covered, rows('dev', 'allow', see('ws/a/key'), see('ws/prod.env'))),
  // Globs.
  ...rows(
    'dev',
    'deny',
    read('ws/prod.env'),
    write('ws/prod.env'),
    unlink('ws/prod.env'),
    rename('ws/prod.env', 'ws/prod.txt'),
  ),
  ...rows(
    'dev',
    'deny',
    read('ws/sub/dev.env'),
    rename('ws/sub', 'ws/sub2'),
    read('ws/env.d/keys.env/k.txt'),
    list('ws/env.d/keys.env', 'k.txt'),
  ),
  ...rows(
    'dev',
    'allow',
    read('ws/sub/plain.txt'),
    write('ws/sub/plain.txt'),
    create('ws/environment'),
    create('ws/sub/env'),
  ),
  ...rows('dev', 'allow', read('ws/env.d/keys.env/public/p.txt'), write('ws/env.d/keys.env/public/p.txt')),
  ...only(
    'macos',
    foundByPattern,
    rows('dev', 'deny', create('ws/late.env'), create('ws/a/late.env'), rename('ws/a.txt', 'ws/a.env')),
  ),
  ...only('linux', foundByPattern, rows('dev', 'allow', create('ws/late.env'), rename('ws/a.txt', 'ws/a.env'))),

  // Only what is listed is there at all.
  ...rows(
    'restricted',
    'allow',
    read('ws/a.txt'),
    write('ws/a.txt'),
    create('ws/new.txt'),
    unlink('ws/a.txt'),
    run('ws/tool'),
  ),
  ...rows(
    'restricted',
    'allow',
    read('shown/x.txt'),
    list('shown', 'x.txt'),
    see('shown'),
    read('ws/docs/guide.md'),
    run('/bin/sh'),
  ),
  ...rows(
    'restricted',
    'deny',
    read('outside/o.txt'),
    see('outside/o.txt'),
    list('outside', 'o.txt'),
    run('outside/tool'),
  ),
  ...rows(
    'restricted',
    'deny',
    write('shown/x.txt'),
    create('shown/new'),
    write('ws/docs/guide.md'),
    create('outside/new'),
  ),
  ...rows(
    'restricted',
    'deny',
    read('ws/a/key'),
    rename('ws/a/key', 'ws/k'),
    rename('ws/a', 'ws/a2'),
    mkdir('ws/.codex'),
  ),
  ...rows(
    'restricted',
    'deny',
    read('home/.codex/auth.json'),
    read('home/notes.txt'),
    create('/tmp/NEW'),
    create('/NEW'),
    list('home', 'notes.txt'),
  ),
  ...rows('restricted', 'allow', write('/dev/null')),
  ...only(
    'macos',
    'the ways of this system to its programs',
    rows('restricted', 'allow', see('/tmp'), read('/System/Library/x'), read('/private/etc/hosts')),
  ),

  // Sockets.
  ...rows('sockets', 'allow', connect('sock/listed.sock'), connect('sock/dir/in.sock'), serve('sock/dir/own.sock')),
  ...rows(
    'sockets',
    'deny',
    connect('sock/other.sock'),
    connect('sock/dir/shut.sock'),
    connect('sock/dir/shut.d/in.sock'),
  ),
  ...rows('sockets', 'deny', serve('sock/dir/shut.d/own.sock'), connect('ws/late.sock'), read('sock/dir/shut.sock')),
  ...rows(
    'sockets',
    'allow',
    connect('sock/dir/shut.d/again.sock'),
    connect('secret/in.sock'),
    see('sock/listed.sock'),
  ),
  ...rows('sockets', 'allow', connect('ws/run/in.sock'), serve('ws/run/own.sock')),
  ...rows('sockets', 'deny', read('secret/a.txt'), reach('127.0.0.1:machine'), reach('192.0.2.1:80')),
  ...only(
    'macos',
    'a socket of its own in a writable folder that is not listed passes the Linux filter',
    rows('sockets', 'deny', serve('ws/own.sock')),
  ),
  ...rows(
    'allSockets',
    'allow',
    connect('sock/listed.sock'),
    connect('sock/other.sock'),
    connect('ws/late.sock'),
    serve('ws/own.sock'),
  ),
  ...rows(
    'allSockets',
    'deny',
    connect('sock/dir/shut.sock'),
    connect('sock/dir/shut.d/in.sock'),
    connect('sock/closed-file.sock'),
  ),
  ...rows('allSockets', 'deny', reach('127.0.0.1:machine'), read('sock/dir/shut.sock')),

  // Hosts.
  ...rows('enabled', 'allow', reach('127.0.0.1:machine'), serveOneself),
  ...only('macos', noRoute, rows('enabled', 'allow', reach('192.0.2.1:80'), connect('/private/var/run/mDNSResponder'))),
  ...rows(
    'enabled',
    'deny',
    connect('sock/listed.sock'),
    connect('ws/run/in.sock'),
    serve('ws/own.sock'),
    write('outside/o.txt'),
  ),
  ...rows(
    'enabledWithSockets',
    'allow',
    reach('127.0.0.1:machine'),
    connect('sock/listed.sock'),
    connect('sock/dir/in.sock'),
  ),
  ...rows('enabledWithSockets', 'deny', connect('sock/other.sock'), connect('sock/dir/shut.sock')),
  ...only('macos', notStarted, rows('proxied', 'allow', reach('127.0.0.1:proxy'), reach('[::1]:proxy'))),
  ...rows(
    'proxied',
    'deny',
    reach('127.0.0.1:machine'),
    reach('192.0.2.1:80'),
    reach('192.0.2.1:53'),
    connect('sock/listed.sock'),
  ),
  ...only('macos', ownLoopback, rows('proxied', 'deny', serveOneself)),
  ...rows('proxiedWithoutProxy', 'deny', reach('127.0.0.1:machine'), reach('192.0.2.1:80')),
  ...only('macos', notStarted, rows('proxiedWithoutProxy', 'deny', reach('127.0.0.1:proxy'))),
  ...rows('ownServers', 'allow', serveOneself),
  ...rows('ownServers', 'deny', reach('192.0.2.1:80'), connect('sock/listed.sock')),
  ...only('macos', ownLoopback, rows('ownServers', 'allow', reach('127.0.0.1:machine'))),
  ...only('linux', ownLoopback, rows('ownServers', 'deny', reach('127.0.0.1:machine'))),
  ...only('macos', ownLoopback, rows('noServers', 'deny', serveOneself)),
  ...only('linux', ownLoopback, rows('noServers', 'allow', serveOneself)),
  ...rows('noServers', 'deny', reach('127.0.0.1:machine'), reach('192.0.2.1:80')),

  // Grants that name the very path, and those that change nothing.
  ...rows(
    'gitGranted',
    'allow',
    write('ws/.git/config'),
    create('ws/.git/index.lock'),
    rename('ws/.git/config', 'ws/.git/c'),
  ),
  ...rows('gitGranted', 'deny', mkdir('ws/.codex'), write('outside/o.txt')),
  ...rows('codexGranted', 'allow', read('home/.codex/config.toml'), write('home/notes.txt')),
  ...rows(
    'codexGranted',
    'deny',
    read('home/.codex/auth.json'),
    read('home/.codex/codex_ts/auth.json'),
    write('home/.codex/config.toml'),
  ),
  ...rows(
    'codexGranted',
    'deny',
    create('home/.codex/new'),
    rename('home/.codex', 'home/codex'),
    rename('home/.codex/auth.json', 'home/k'),
  ),
];
