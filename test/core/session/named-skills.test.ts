// A skill that a message calls by name: what the model hears with it, now, later and after the session goes on.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { userMessage } from '../../../src/core/agent/index.ts';
import { compactedItems } from '../../../src/core/context/compaction.ts';
import { openSkills } from '../../../src/core/instructions/index.ts';
import { type ModelServer, say, startModelServer } from '../../support/model-server.ts';
import { type OpenedCore, openTestCore, removeFoldersOf } from './opened-core.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function open(server: ModelServer, codexHome: string, after?: OpenedCore): OpenedCore {
  const skills = openSkills({
    home: '/nonexistent',
    codexHome,
    projectFolders: [],
    projectRoot: '/',
    switches: [],
  });
  const core = openTestCore({ url: server.url, more: { skills }, ...(after === undefined ? {} : { after }) });
  if (after === undefined) ends.push(() => removeFoldersOf(core));
  return core;
}

function heard(server: ModelServer): readonly string[] {
  const items = server.requests.at(-1)?.body.input ?? [];
  return items.flatMap(({ role, content }) =>
    role === 'user' ? [(content as { text: string }[]).map(({ text }) => text).join()] : [],
  );
}

describe('a skill that is called by name', () => {
  it('is heard with the message, stays heard, is no message of the person, and is there again when the session goes on', async () => {
    const server = await startModelServer(() => say('Yes.'));
    ends.push(() => server.close());
    const own = mkdtempSync(path.join(tmpdir(), 'codex-skills-'));
    ends.push(() => rmSync(own, { recursive: true, force: true }));
    const core = open(server, own);
    const file = path.join(own, 'skills/pdf/SKILL.md');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '---\nname: pdf\ndescription: x\n---\nUse the tool.\n');
    const told = expect.stringMatching(/^<skill name="pdf" file=".*">[\s\S]*Use the tool\.\n<\/skill>$/);
    await core.turn('with $pdf, and $nothing');
    expect(heard(server)).toEqual(['with $pdf, and $nothing', told]);
    await core.turn('and now');
    expect(heard(server)).toEqual(['with $pdf, and $nothing', told, 'and now']);
    expect(core.of('message.added').map(({ text }) => text)).toEqual(['with $pdf, and $nothing', 'and now']);
    await core.close();

    const again = open(server, own, core);
    ends.push(() => again.close());
    await again.turn('go on');
    expect(heard(server)).toEqual(['with $pdf, and $nothing', told, 'and now', 'go on']);
    expect(again.of('message.added').map(({ text }) => text)).toEqual(['with $pdf, and $nothing', 'and now', 'go on']);
  });

  it('and cannot be read any more is told of, and the message is said', async () => {
    const server = await startModelServer(() => say('Yes.'));
    ends.push(() => server.close());
    const own = mkdtempSync(path.join(tmpdir(), 'codex-skills-'));
    ends.push(() => rmSync(own, { recursive: true, force: true }));
    const file = path.join(own, 'skills/x/SKILL.md');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '---\ndescription: x\n---\n');
    const core = open(server, own);
    ends.push(() => core.close());
    await core.turn('first, without $y');
    rmSync(file);
    await core.turn('with $x');
    expect(heard(server)).toEqual(['first, without $y', 'with $x']);
    expect(core.of('notice')).toMatchObject([{ problem: { what: `The skill ${file} is not used.` } }]);
  });

  it('is left out when the conversation is summarised', () => {
    const items = [
      userMessage('first'),
      userMessage('<skill name="pdf" file="/f">\nx\n</skill>'),
      userMessage('second'),
    ];
    const texts = compactedItems({ items, summary: 'so far', state: '', window: null }).map(({ content }) =>
      JSON.stringify(content),
    );
    expect(texts.join()).toMatch(/first.*second.*so far/s);
    expect(texts.join()).not.toContain('<skill');
  });
});
