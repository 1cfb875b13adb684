// Does a Seatbelt policy allow one access? An evaluator by the published rules of the language, for tests.

import { checkRuleOperation, closeness, isOperation } from './operations.ts';
import { type Form, headOf, type PolicyRule, parsePolicy, written } from './parse.ts';

export type Verdict = 'allow' | 'deny';

/** One thing a program does. What it has nothing to do with is left out; filters about that do not match. */
export interface PolicyAccess {
  readonly operation: string;
  readonly path?: string;
  /** `HOST:PORT`, where from and where to. */
  readonly local?: string;
  readonly remote?: string;
  readonly protocol?: 'tcp' | 'udp';
  readonly unixSocket?: string;
  readonly socketDomain?: string;
  readonly socketProtocol?: number;
  readonly vnodeType?: string;
  readonly extension?: string;
  /** The name of a service, a setting, a piece of shared memory or a device class. */
  readonly name?: string;
  readonly target?: 'self' | 'same-sandbox' | 'others';
}

/**
 * Which of several rules that match decides. `closest`: the one that names the operation most closely, and of equals
 * the last, as the language says. `last`: the last of all; a policy that is decided alike by both hides no trap.
 */
export type Precedence = 'closest' | 'last';

export type Parameters = Readonly<Record<string, string>>;

/** Throws when the policy has a mistake anywhere, also where this access does not come to it. */
export function decide(
  policy: string,
  parameters: Parameters,
  access: PolicyAccess,
  precedence: Precedence = 'closest',
): Verdict {
  return openPolicy(policy, parameters)(access, precedence);
}

/** The same for many accesses to one policy. */
export function openPolicy(
  policy: string,
  parameters: Parameters,
): (access: PolicyAccess, precedence?: Precedence) => Verdict {
  const rules = parsePolicy(policy).map((rule) => compile(rule, parameters));
  if (rules[0]?.operations.join() !== 'default') throw new Error('the first rule says what holds by default');
  return (access, precedence = 'closest') => {
    if (!isOperation(access.operation)) throw new Error(`no operation: ${access.operation}`);
    let decided: Verdict = 'deny';
    let best = -1;
    for (const rule of rules) {
      const fits = rule.operations.flatMap((it) => closeness(it, access.operation) ?? []);
      const fit = precedence === 'last' ? Math.min(1, ...fits) : Math.max(...fits);
      if (fits.length === 0 || fit < best || !rule.matches(access)) continue;
      best = fit;
      decided = rule.verdict;
    }
    return decided;
  };
}

type Matcher = (access: PolicyAccess) => boolean;

interface CompiledRule {
  readonly verdict: Verdict;
  readonly operations: readonly string[];
  readonly matches: Matcher;
}

function compile(rule: PolicyRule, parameters: Parameters): CompiledRule {
  for (const operation of rule.operations) checkRuleOperation(operation);
  const filters = rule.filters.map((form) => {
    const misfit = rule.operations.find((operation) => !fitsOperation(form, operation));
    if (misfit !== undefined) throw new Error(`${written(form)} says nothing about ${misfit}`);
    return matcherOf(form, parameters);
  });
  const matches: Matcher = (access) => filters.length === 0 || filters.some((filter) => filter(access));
  return { verdict: rule.verdict, operations: rule.operations, matches };
}

const pathFilters = ['literal', 'path', 'subpath', 'prefix', 'regex', 'path-ancestors'];
const combinations = ['require-all', 'require-any', 'require-not'];

/** About which operations a filter can speak at all. */
const subjects: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(pathFilters.map((it) => [it, /^(file|process-exec|network)/])),
  'vnode-type': /^file/,
  extension: /^file/,
  local: /^network/,
  remote: /^network/,
  'socket-domain': /^system-socket/,
  'socket-protocol': /^system-socket/,
  'sysctl-name': /^sysctl/,
  'sysctl-name-prefix': /^sysctl/,
  'sysctl-name-regex': /^sysctl/,
  'global-name': /^mach/,
  'global-name-prefix': /^mach/,
  'ipc-posix-name': /^ipc-posix/,
  'ipc-posix-name-prefix': /^ipc-posix/,
  'ipc-posix-name-regex': /^ipc-posix/,
  'iokit-registry-entry-class': /^iokit-open/,
  target: /^(signal|process-info)/,
};

function fitsOperation(form: Form, operation: string): boolean {
  const head = headOf(form) ?? '';
  if (form.kind === 'list' && combinations.includes(head))
    return form.items.slice(1).every((it) => fitsOperation(it, operation));
  const subject = subjects[head];
  if (subject === undefined) throw new Error(`no filter: ${written(form)}`);
  return subject.test(operation);
}

function matcherOf(form: Form, parameters: Parameters): Matcher {
  if (form.kind !== 'list') throw new Error(`no filter: ${written(form)}`);
  const [, ...values] = form.items;
  const head = headOf(form);
  const inner = (): readonly Matcher[] => values.map((it) => matcherOf(it, parameters));
  switch (head) {
    case 'require-all': {
      const all = inner();
      return (access) => all.every((it) => it(access));
    }
    case 'require-any': {
      const any = inner();
      return (access) => any.some((it) => it(access));
    }
    case 'require-not': {
      const [not, second] = inner();
      if (not === undefined || second !== undefined) throw new Error(`not one filter: ${written(form)}`);
      return (access) => !not(access);
    }
    case 'local':
    case 'remote':
      return endMatcher(head, values, parameters);
    default: {
      const attribute = attributeOf(head ?? '', form);
      const texts = values.map(textTest(head ?? '', parameters));
      if (texts.length === 0) throw new Error(`a filter about nothing: ${written(form)}`);
      return (access) => {
        const value = attribute(access);
        return value !== undefined && texts.some((test) => test(value));
      };
    }
  }
}

function attributeOf(head: string, form: Form): (access: PolicyAccess) => string | undefined {
  if (pathFilters.includes(head)) return (access) => access.path ?? access.unixSocket;
  if (/^(sysctl|global|ipc-posix)-name(-prefix|-regex)?$/.test(head) || head === 'iokit-registry-entry-class')
    return (access) => access.name;
  switch (head) {
    case 'vnode-type':
      return (access) => access.vnodeType;
    case 'extension':
      return (access) => access.extension;
    case 'socket-domain':
      return (access) => access.socketDomain;
    case 'socket-protocol':
      return (access) => access.socketProtocol?.toString();
    case 'target':
      return (access) => access.target;
    default:
      throw new Error(`no filter: ${written(form)}`);
  }
}

/** The test that a filter makes of each of its values. */
function textTest(head: string, parameters: Parameters): (value: Form) => (text: string) => boolean {
  return (value) => {
    if (head.endsWith('regex')) {
      if (value.kind !== 'regex') throw new Error(`no regular expression: ${written(value)}`);
      const expression = new RegExp(value.text, 's');
      return (text) => expression.test(text);
    }
    // Kinds of things are words, names of things are strings.
    const isWord = ['vnode-type', 'socket-domain', 'socket-protocol', 'target'].includes(head);
    const wanted = isWord && value.kind === 'atom' ? value.text : stringOf(value, parameters);
    if (pathFilters.includes(head) && head !== 'prefix' && !/^\/(.*[^/])?$/s.test(wanted))
      throw new Error(`no whole path: ${written(value)}`);
    if (head.endsWith('prefix')) return (text) => text.startsWith(wanted);
    if (head === 'subpath') return (text) => wanted === '/' || text === wanted || text.startsWith(`${wanted}/`);
    if (head === 'path-ancestors') return (text) => text !== wanted && (text === '/' || wanted.startsWith(`${text}/`));
    return (text) => text === wanted;
  };
}

function stringOf(form: Form, parameters: Parameters): string {
  if (form.kind === 'string') return form.text;
  const [, name, ...rest] = form.kind === 'list' ? form.items : [];
  if (headOf(form) !== 'param' || name?.kind !== 'string' || rest.length > 0)
    throw new Error(`no string: ${written(form)}`);
  const value = parameters[name.text];
  if (value === undefined) throw new Error(`no parameter ${name.text}`);
  return value;
}

/** `(remote ip "localhost:80")`, `(local unix-socket)`, `(remote unix-socket (subpath "/tmp"))`. */
function endMatcher(end: 'local' | 'remote', values: readonly Form[], parameters: Parameters): Matcher {
  const [kind, value, ...rest] = values;
  if (kind?.kind !== 'atom' || rest.length > 0) throw new Error(`no end: ${values.map(written).join(' ')}`);
  if (kind.text === 'unix-socket') {
    if (value !== undefined && !fitsOperation(value, 'file-read-data')) throw new Error(`no path: ${written(value)}`);
    const inner = value === undefined ? null : matcherOf(value, parameters);
    return (access) =>
      access.unixSocket !== undefined && (inner === null || inner({ operation: '', path: access.unixSocket }));
  }
  if (!['ip', 'tcp', 'udp'].includes(kind.text)) throw new Error(`no end: ${kind.text}`);
  const address = value === undefined ? '*:*' : stringOf(value, parameters);
  const [, host, port] = /^(localhost|\*):(\d+|\*)$/.exec(address) ?? [];
  if (host === undefined) throw new Error(`no address: ${address}`);
  return (access) => {
    const isConnecting = access.operation === 'network-outbound';
    // Before it is connected, a socket comes from any address at any port, and every filter takes that for its own.
    const actual = end === 'local' && isConnecting && access.remote !== undefined ? 'any:any' : access[end];
    if (actual === undefined || (kind.text !== 'ip' && kind.text !== (access.protocol ?? 'tcp'))) return false;
    if (actual === 'any:any') return true;
    const colon = actual.lastIndexOf(':');
    const isHost = host === '*' || ['localhost', '127.0.0.1', '[::1]'].includes(actual.slice(0, colon));
    return isHost && (port === '*' || port === actual.slice(colon + 1));
  };
}
