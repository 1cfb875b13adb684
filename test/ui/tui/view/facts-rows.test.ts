import { describe, expect, it } from 'vitest';
import type { McpServerLine } from '../../../../src/core/bus/index.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { type Facts, factsRows } from '../../../../src/ui/tui/view/facts-rows.ts';
import { plain, Session } from './session.ts';

function rowsOf(facts: Facts, session: Session, cols = 80): string[] {
  return factsRows(facts, session.transcript, { cols, look: plain, recordPath: '/home/ana/.codex/s.jsonl' });
}

function servers(...lines: readonly McpServerLine[]): Facts {
  return { about: 'servers', servers: lines };
}

describe('the page of a session', () => {
  it('says the model, how full it is, where commands run, what they may, and where it is recorded', () => {
    const session = new Session();
    session.tell({ type: 'usage.updated', used: 68_000, window: 272_000 });
    const text = rowsOf({ about: 'session' }, session).join('\n');
    expect(text).toContain('model     gpt-5.2 of openai');
    expect(text).toContain('context   68,000 of 272,000 tokens, 75% left');
    expect(text).toContain('profile   :workspace, no network');
    expect(text).toContain('record    /home/ana/.codex/s.jsonl');
  });

  it('says that there is no model', () => {
    expect(rowsOf({ about: 'session' }, new Session('shell')).join('\n')).toContain('none: what you type is run');
  });
});

describe('the page of servers', () => {
  it('says how each is, and what to do about one that is not there', () => {
    const problem = { what: 'MCP server b wants a login.', why: '', next: 'Run `codex mcp login b`.' };
    const rows = rowsOf(
      servers(
        { name: 'a', state: 'ready', tools: 3, problem: null },
        { name: 'b', state: 'needs_login', tools: 0, problem },
      ),
      new Session(),
    );
    expect(rows).toEqual([
      'a  ready, 3 tools',
      'b  wants a login',
      '  MCP server b wants a login.',
      '  Next  Run `codex mcp login b`.',
    ]);
  });

  it('shows what a server wrote as text, in rows that fit', () => {
    const problem = { what: `evil \x1b[2J${'x'.repeat(300)}`, why: 'a\u202eb', next: '' };
    const rows = rowsOf(servers({ name: 'e\x07', state: 'failed', tools: 0, problem }), new Session(), 40);
    expect(rows.join('')).not.toMatch(/[\x1b\x07\u202e]/);
    for (const row of rows) expect(cellWidth(row)).toBeLessThan(40);
  });

  it('says how to add one where there is none', () => {
    expect(rowsOf(servers(), new Session()).join('\n')).toContain('codex mcp add');
  });
});
