// What is decided without a server: names, questions, lines, cuts, settings.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config/index.ts';
import { cutMiddle } from '../../../src/core/mcp/answer.ts';
import { mcpServerSettings } from '../../../src/core/mcp/index.ts';
import { openMessageLines } from '../../../src/core/mcp/message-lines.ts';
import { approvalOf } from '../../../src/core/mcp/offered-tools.ts';
import { qualifiedName } from '../../../src/core/mcp/tool-name.ts';

describe('the name of a tool', () => {
  it.each([
    ['docs', 'search', 'mcp__docs__search'],
    ['docs', 'two__parts', 'mcp__docs__two__parts'],
    ['my-docs', 'get-it', 'mcp__my-docs__get-it'],
  ])('%s %s is plain', (server, tool, name) => {
    expect(qualifiedName(server, tool)).toBe(name);
  });

  it('is legal, and of one tool only', () => {
    const part = fc.oneof(fc.string({ unit: fc.constantFrom('a', '_', '-', '.'), maxLength: 8 }), fc.string());
    const pair = fc.tuple(part, part);
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const [one, other] = [qualifiedName(...a), qualifiedName(...b)];
        expect(one).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(one === other).toBe(a[0] === b[0] && a[1] === b[1]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('whether a person is asked', () => {
  it.each([
    ['approve', { destructiveHint: true }, 'run'],
    ['prompt', { readOnlyHint: true }, 'ask'],
    ['writes', { readOnlyHint: true }, 'run'],
    ['writes', { destructiveHint: false, openWorldHint: false }, 'ask'],
    ['writes', {}, 'ask'],
    ['auto', {}, 'ask'],
    ['auto', { readOnlyHint: true, destructiveHint: true }, 'run'],
    ['auto', { readOnlyHint: 'true' }, 'ask'],
    ['auto', { destructiveHint: false }, 'ask'],
    ['auto', { openWorldHint: false }, 'ask'],
    ['auto', { destructiveHint: false, openWorldHint: false }, 'run'],
    ['auto', { destructiveHint: false, openWorldHint: true }, 'ask'],
  ] as const)('%s %j: %s', (mode, hints, answer) => {
    expect(approvalOf(mode, hints)).toBe(answer);
  });
});

describe('lines of a server', () => {
  const message = (id: number) => ({ jsonrpc: '2.0' as const, id, method: 'ping', params: { text: 'ä\u2028"\n' } });

  it('are the same messages however they are cut', () => {
    const noise = fc.constantFrom('', 'hello', '{', '{"a":1}', '[]', ' \r');
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, fc.nat(99)), { maxLength: 8 }), fc.array(fc.nat(40)), (parts, cuts) => {
        const text = parts.map((it) => `${typeof it === 'number' ? JSON.stringify(message(it)) : it}\n`).join('');
        let bytes = Buffer.from(text);
        const lines = openMessageLines();
        const heard: unknown[] = [];
        for (const cut of [...cuts, bytes.length]) {
          const messages = lines.push(bytes.subarray(0, cut));
          if (typeof messages === 'string') throw new Error(messages);
          heard.push(...messages);
          bytes = bytes.subarray(cut);
        }
        expect(heard).toEqual(parts.filter((it) => typeof it === 'number').map(message));
      }),
    );
  });

  it('are bounded, each and as noise', () => {
    const limits = { line: 100, noise: 50 };
    expect(openMessageLines(limits).push(Buffer.from('x'.repeat(101)))).toContain('a message above');
    expect(openMessageLines(limits).push(Buffer.from('x'.repeat(101).concat('\n')))).toContain('a message above');
    expect(openMessageLines(limits).push(Buffer.from('noise\n'.repeat(8)))).toEqual([]);
    expect(openMessageLines(limits).push(Buffer.from('noise\n'.repeat(9)))).toContain('no messages');
    const lines = openMessageLines(limits);
    for (let i = 0; i < 20; i++) {
      expect(lines.push(Buffer.from(`noise\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n`))).toHaveLength(1);
    }
  });
});

describe('a long answer', () => {
  it('keeps both ends, says how much is missing, and no half a character', () => {
    expect(cutMiddle('short', 10)).toBe('short');
    expect(cutMiddle('0123456789', 4)).toBe('01\n[6 characters in the middle are left out]\n89');
    expect(cutMiddle(`a${'🙂'.repeat(20)}`, 4)).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('the settings of a server', () => {
  const settingsOf = (toml: string) => {
    const { config } = readConfig(`[mcp_servers.s]\n${toml}`, 'config.toml');
    const written = config.mcp_servers.s;
    if (written === undefined) throw new Error('no such server');
    return mcpServerSettings('s', written, config);
  };

  it.each([
    ['command = "a"', 10_000],
    ['command = "a"\nstartup_timeout_ms = 300', 300],
    ['command = "a"\nstartup_timeout_ms = 300\nstartup_timeout_sec = 1.5', 1_500],
  ])('%j may start in %i ms', (toml, ms) => {
    expect(settingsOf(toml).startupMs).toBe(ms);
  });

  it.each([
    ['', 'has no command'],
    ['command = "a"\nurl = "https://a.test/"', 'has a command and an address'],
    ['url = "ftp://a.test/"', 'is not possible'],
    ['url = "nonsense"', 'is not possible'],
    ['command = "a"\nexperimental_environment = "devbox"\ncwd = "b"', 'on devbox it must be absolute'],
  ])('%j is nowhere', (toml, why) => {
    const { place } = settingsOf(toml);
    expect(place.kind === 'nowhere' ? place.problem.what : '').toContain(why);
  });

  it.each([
    ['command = "a"', null],
    ['command = "a"\nenvironment_id = "local"', null],
    ['command = "a"\nenvironment_id = "devbox"\ncwd = "/b"', 'devbox'],
    ['url = "https://a.test/"\nexperimental_environment = "devbox"', 'devbox'],
  ])('%j is on %s', (toml, machine) => {
    const { place } = settingsOf(toml);
    expect(place.kind === 'nowhere' ? place.problem : place.machine).toBe(machine);
  });

  it('say for single tools when a person is asked', () => {
    const { approval, toolApprovals } = settingsOf(
      'command = "a"\ndefault_tools_approval_mode = "writes"\ntools.rm.approval_mode = "prompt"\ntools.ls = {}',
    );
    expect(approval).toBe('writes');
    expect([...toolApprovals]).toEqual([['rm', 'prompt']]);
  });
});
