// Can somebody who is typing answer a question by accident? Keys around an open card.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { draftIn, type Program, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

describe('a card and a person who is typing', () => {
  /** Ready, with a command that will be blocked when `go` appears. */
  async function soonBlocked(approval: string): Promise<{ program: Program; file: string }> {
    const program = tests.open({ config: `[tui.approval]\n${approval}\n` });
    const file = path.join(program.place.outside, 'made');
    await program.ready();
    await program.enter(`${until('go')}; echo written > ${file}`);
    await program.waitFor('running');
    return { program, file };
  }
  const unanswered = (program: Program, file: string): void => {
    expect(program.text()).toContain('needs your answer');
    expect(program.rollout().some(({ type }) => type === 'codex_ts.decision')).toBe(false);
    expect(existsSync(file)).toBe(false);
  };

  it('a draft bars the card from the keys, however long it rests', async () => {
    const { program, file } = await soonBlocked('quiet_ms = 0');
    program.send('hello');
    await program.waitForDraft('hello');
    program.letGo();
    await program.waitFor(/1 question: Ctrl-X a/);
    program.send(' yes');
    await program.waitForDraft('hello yes');
    program.send('y\x7f\x7f\x7f\x7f\x7f');
    await program.waitForDraft('hello');
    unanswered(program, file);
    // Ctrl-X a goes to the card, and the draft is still there afterwards.
    program.send('\x18a');
    await program.cardTakesAnswers();
    program.send('n');
    await program.waitForLine(/refused by you/);
    expect(draftIn(program.text())).toBe('hello');
  });

  it('a y before the card is armed is a letter of the next message', async () => {
    const { program, file } = await soonBlocked('quiet_ms = 0\narm_ms = 5000');
    program.letGo();
    await program.waitFor(/▸ y {2}allow this/);
    program.send('y');
    await program.waitForDraft('y');
    unanswered(program, file);
  });

  it('a word that begins with y goes to the composer although the card was armed', async () => {
    const { program, file } = await soonBlocked('quiet_ms = 0\nsettle_ms = 5000');
    program.letGo();
    await program.cardTakesAnswers();
    program.send('y');
    program.send('ou');
    await program.waitForDraft('you');
    unanswered(program, file);
  });

  it('one y on an armed card, and nothing after it, allows once', async () => {
    const { program, file } = await soonBlocked('quiet_ms = 0');
    program.letGo();
    await program.cardTakesAnswers();
    program.send('y');
    await program.waitForLine(/exit 0 on attempt 2/);
    expect(readFileSync(file, 'utf8')).toBe('written\n');
    expect(draftIn(program.text())).toBe('');
  });

  it('pasted text never answers', async () => {
    const { program, file } = await soonBlocked('quiet_ms = 0');
    program.letGo();
    await program.cardTakesAnswers();
    program.send('\x1b[200~y\x1b[201~');
    await program.waitForDraft('y');
    unanswered(program, file);
  });

  it('a second y, meant for the first card, does not answer the next one', async () => {
    const program = tests.open({ config: '[tui.approval]\nquiet_ms = 60000\n' });
    const files = ['one', 'two'].map((name) => path.join(program.place.outside, name, 'made'));
    await program.ready();
    for (const [index, file] of files.entries()) {
      await program.enter(`${until('go')}; mkdir ${path.dirname(file)} # ${index}`);
      await program.waitFor(new RegExp(`^\\S ${index + 1} until .* · running`, 'm'));
      program.send('\x18&');
      await program.waitFor(`${index + 1} bg`);
    }
    program.letGo();
    await program.waitFor('2 questions');
    program.send('\t');
    await program.cardTakesAnswers();
    program.send('y');
    await program.recorded(({ type }) => type === 'codex_ts.decision');
    program.send('y');
    await program.waitForDraft('y');
    expect(program.rollout().filter(({ type }) => type === 'codex_ts.decision')).toHaveLength(1);
    expect(program.text()).toContain('needs your answer');
  });
});
