// Saved prompts and skills on the screen: what the menu shows, and what is sent.

import { describe, expect, it } from 'vitest';
import type { Query } from '../../../../src/core/bus/index.ts';
import { skillRows } from '../../../../src/ui/tui/app/skill-rows.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { plain } from '../view/session.ts';
import { TestScreen } from './screen.ts';

const ENTER = '\r';
const TAB = '\t';
const UP = '\x1b[A';
const STEER = '\x18\r';

const lines = [
  { name: 'fix', origin: 'user', description: 'Fix what is said', argumentHint: 'FILE' },
  { name: 'git:commit', origin: 'project', description: 'Commit', argumentHint: '' },
  { name: 'help', origin: 'project', description: 'Not ours', argumentHint: '\u001b]0;x\u0007' },
];

/** A core with these prompts; each becomes its name and the words. */
function knowing(prompts: readonly object[], asked: Query[] = []) {
  return (query: Query): object | null => {
    if (query.type === 'prompts') return { prompts };
    if (query.type !== 'prompts.expand') return null;
    asked.push(query);
    return query.words === 'bad'
      ? { text: null, problem: { what: 'This prompt needs FILE.', why: '', next: 'Write it.' } }
      : { text: `${query.name}: ${query.words}`, problem: null };
  };
}

function open(cols = 80, more: { readonly model?: string | null; readonly prompts?: readonly object[] } = {}) {
  const { model = 'gpt-5.2', prompts = lines } = more;
  return TestScreen.open({ cols, rows: 24 }, undefined, [], null, { model, further: knowing(prompts) });
}

describe('saved prompts', () => {
  it.each([40, 80, 200])('are in the menu with where they come from (%i columns)', async (cols) => {
    const screen = await open(cols);
    await screen.press('/fi');
    const rows = await screen.rows();
    const row = rows.find((one) => one.includes('▸'));
    expect(row).toMatch(cols < 60 ? /▸ \/fix FILE/ : /▸ \/fix FILE +Fix what is said \(user\)/);
    expect(Math.max(...rows.map(cellWidth))).toBeLessThan(cols);
  });

  it('are sent as what they become, and what was typed can be had again', async () => {
    const screen = await open();
    await screen.press(`/fix "a b" c${ENTER}`);
    expect(screen.commands('submit')).toEqual([{ type: 'submit', text: 'fix: "a b" c' }]);
    expect(screen.app.composer.buffer.text).toBe('');
    await screen.press(UP);
    expect(screen.app.composer.buffer.text).toBe('/fix "a b" c');
  });

  it('are said while the model works when that is asked for', async () => {
    const screen = await open();
    await screen.press(`/git:commit now${STEER}`);
    expect(screen.commands('submit')).toEqual([{ type: 'submit', text: 'git:commit: now', steers: true }]);
  });

  it('are also called as codex-cli calls them, which is how one with a name of ours is reached', async () => {
    const screen = await open();
    await screen.press('/prompts:');
    expect((await screen.rows()).filter((row) => row.includes('/prompts:'))).toHaveLength(4);
    await screen.press(`h${TAB}`);
    expect(screen.app.composer.buffer.text).toMatch(/^\/prompts:help/);
    await screen.press(`${ENTER}`);
    await screen.press(`/prompts:fix x${ENTER}`);
    await screen.press(`/help${ENTER}`);
    expect(screen.commands('submit')).toEqual([
      { type: 'submit', text: 'help: ' },
      { type: 'submit', text: 'fix: x' },
    ]);
    expect(screen.app.state.view?.kind).toBe('help');
  });

  it('with signs that a terminal obeys in them are shown and not obeyed', async () => {
    const screen = await open();
    await screen.press('/prompts:he');
    expect((await screen.rows()).join('\n')).not.toMatch(/[\u001b\u0007]/);
  });

  it('that cannot be filled in come back to be mended', async () => {
    const screen = await open();
    await screen.press(`/fix bad${ENTER}`);
    expect(screen.app.composer.buffer.text).toBe('/fix bad');
    expect((await screen.rows()).at(-1)).toContain('This prompt needs FILE. Write it.');
    expect(screen.commands('submit')).toEqual([]);
  });

  it('are neither offered nor run as commands where there is no model', async () => {
    const screen = await open(80, { model: null });
    await screen.press('/fi');
    expect((await screen.rows()).join('\n')).not.toContain('/fix');
    await screen.press(`x a${ENTER}`);
    expect(screen.commands('submit')).toEqual([]);
    expect((await screen.rows()).at(-1)).toContain('/fix is said to a model, and there is none');
  });

  it('are read anew when the menu opens', async () => {
    const prompts: object[] = [];
    const screen = await open(80, { prompts });
    prompts.push(lines[0] ?? {});
    await screen.press('/fi');
    expect((await screen.rows()).join('\n')).toContain('/fix FILE');
  });
});

describe('/init', () => {
  it('asks the model, and needs one', async () => {
    const screen = await open();
    await screen.press(`/init${ENTER}`);
    expect(screen.commands('submit')).toMatchObject([{ text: expect.stringContaining('AGENTS.md') }]);
    const without = await open(80, { model: null });
    await without.press(`/init${ENTER}`);
    expect(without.commands('submit')).toEqual([]);
    expect((await without.rows()).at(-1)).toContain('/init needs a model');
  });
});

describe('/skills', () => {
  const skill = { name: 'pdf', origin: 'project', description: 'Fills in forms', file: '/f', isOffered: true } as const;

  it('prints which there are', async () => {
    const further = (query: Query) => (query.type === 'skills' ? { skills: [skill] } : null);
    const screen = await TestScreen.open({ cols: 80, rows: 24 }, undefined, [], null, { further });
    await screen.press(`/skills${ENTER}`);
    await screen.rows();
    expect(screen.printed).toContain('  pdf  Fills in forms (project)');
  });

  it.each([20, 28, 40, 80])('fits into %i columns', (cols) => {
    const skills = [
      skill,
      { ...skill, name: 'with-a-name-that-is-rather-long', description: 'd'.repeat(300), isOffered: false },
      { ...skill, name: '\u001b[2Jx' },
    ];
    for (const rows of [skillRows(skills, cols, plain), skillRows([], cols, plain)]) {
      expect(Math.max(...rows.map(cellWidth))).toBeLessThan(cols);
      expect(rows.join('')).not.toContain('\u001b');
    }
  });
});
