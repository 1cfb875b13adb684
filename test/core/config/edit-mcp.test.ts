// An MCP server in config.toml: written, replaced, taken out, with every other line as it was.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { type McpEntry, withServer, writeMcpServer } from '../../../src/core/config/edit-mcp.ts';

const ENTRY: McpEntry = { command: 'npx', args: ['-y', 'a "b"'], env: { KEY: 'v=1', 'odd key': '\u007f' } };

function edited(text: string, name: string, entry: McpEntry | null): string {
  const result = withServer(text, name, entry);
  if (!result.ok) throw new Error(result.problem);
  return result.value.text;
}

describe('a new server', () => {
  it('comes at the end, and reads back as what was meant', () => {
    const text = edited('model = "m" # mine\n', 'docs', ENTRY);
    expect(text).toBe(
      [
        'model = "m" # mine',
        '',
        '[mcp_servers.docs]',
        'command = "npx"',
        'args = ["-y","a \\"b\\""]',
        '',
        '[mcp_servers.docs.env]',
        'KEY = "v=1"',
        '"odd key" = "\\u007f"',
        '',
      ].join('\n'),
    );
    expect(parse(text)).toEqual({ model: 'm', mcp_servers: { docs: ENTRY } });
  });

  it.each(['a.b', 'with space', 'é', '"', "it's", '__proto__x'])('can be called %s', (name) => {
    expect(parse(edited('', name, { command: 'x' }))).toEqual({ mcp_servers: { [name]: { command: 'x' } } });
  });

  it.each([
    'mcp_servers = {}\n',
    'mcp_servers = { a = { command = "x" } }\n',
    '[[mcp_servers]]\na = 1\n',
    'not toml =',
  ])('is left to the person in %j', (text) => {
    expect(withServer(text, 'docs', ENTRY)).toMatchObject({ ok: false });
  });
});

const AROUND = {
  before: '# first\nmodel = "m"\n\n',
  after: '# of the other\n[mcp_servers.other] # stays\ncommand = "o"\n# last\n',
};

describe('a server that is there', () => {
  it.each([
    ['[mcp_servers.docs]\ncommand = "x"\n\n[mcp_servers.docs.env]\nA = "1"\n\n'],
    ['[mcp_servers.docs]\ncommand = """x\n[y]\n"""\n[mcp_servers.docs.tools.t]\napproval_mode = "approve"\n\n'],
    ['[mcp_servers."docs"]\nurl = "https://a.test"\n\n'],
  ])('goes with all of its tables: %j', (own) => {
    expect(edited(AROUND.before + own + AROUND.after, 'docs', null)).toBe(AROUND.before + AROUND.after);
  });

  it.each([
    [
      '[mcp_servers]\ndocs.command = "x"\ndocs.args = []\nother.command = "o"\n',
      '[mcp_servers]\nother.command = "o"\n',
    ],
    ['[mcp_servers]\nother = {}\ndocs = { command = "x" }\n', '[mcp_servers]\nother = {}\n'],
    ['mcp_servers.docs.command = "x"\nmodel = "m"\n', 'model = "m"\n'],
    ['mcp_servers = { docs = { command = "x" }, b = {} }\n', 'mcp_servers = { b = {} }\n'],
    ['mcp_servers = { b = {}, docs = { command = "x" } }\n', 'mcp_servers = { b = {} }\n'],
  ])('goes however it is written: %j', (text, rest) => {
    expect(edited(text, 'docs', null)).toBe(rest);
  });

  it('is replaced as a whole', () => {
    const text = `${AROUND.before}[mcp_servers.docs]\nurl = "https://a.test"\nenabled = false\n\n${AROUND.after}`;
    const now = parse(edited(text, 'docs', ENTRY));
    expect(now).toEqual({ model: 'm', mcp_servers: { other: { command: 'o' }, docs: ENTRY } });
  });

  it('comes and goes without a trace', () => {
    const names = fc.stringMatching(/^[\w .-]{1,12}$/);
    fc.assert(
      fc.property(fc.uniqueArray(names, { maxLength: 4 }), names, (others, name) => {
        fc.pre(!others.includes(name) && name !== '__proto__' && !others.includes('__proto__'));
        const text = others.reduce((it, other) => edited(it, other, { command: other, env: { A: other } }), '# top\n');
        const gone = edited(edited(text, name, ENTRY), name, null);
        expect(parse(gone)).toEqual(parse(text));
      }),
    );
  });
});

describe('the file', () => {
  it('is made for the person alone, and says whether there was one', () => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'codex-mcp-edit-'));
    try {
      const file = path.join(folder, 'home/config.toml');
      const edit = { file, shown: '~/config.toml', name: 'docs' };
      expect(writeMcpServer({ ...edit, entry: ENTRY })).toEqual({ ok: true, value: false });
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
      expect(writeMcpServer({ ...edit, entry: { url: 'https://a.test' } })).toEqual({ ok: true, value: true });
      expect(writeMcpServer({ ...edit, entry: null })).toEqual({ ok: true, value: true });
      expect(writeMcpServer({ ...edit, entry: null })).toEqual({ ok: true, value: false });
      fs.writeFileSync(file, 'broken =');
      expect(writeMcpServer({ ...edit, entry: null })).toMatchObject({
        ok: false,
        problem: { why: 'The file is not TOML.' },
      });
      expect(fs.readFileSync(file, 'utf8')).toBe('broken =');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
