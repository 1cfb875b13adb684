// A skill that a message calls by name: what the model hears with it, now, later and after the session goes on.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { userMessage } from '../../../src/core/agent/index.ts';
import { compactedItems } from '../../../src/core/context/compaction.ts';
import { findSkills, namedSkills, type SkillSource, skillMessage } from '../../../src/core/instructions/index.ts';
import { type ModelServer, say, startModelServer } from '../../support/model-server.ts';
import { type OpenedCore, openTestCore, removeFoldersOf } from './opened-core.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Skills in the folder of the session, found when the first message is said. */
function skillsIn(folder: () => string): SkillSource {
  const all = () => {
    const places = { home: '/nonexistent', codexHome: folder(), projectFolders: [], projectRoot: '/', switches: [] };
    return findSkills(places).skills;
  };
  return {
    get all() {
      return all();
    },
    named: (message, notice) =>
      namedSkills(message, all()).flatMap((skill) => {
        const told = skillMessage(skill);
        if (!told.ok) notice(told.problem);
        return told.ok ? [told.value] : [];
      }),
  };
}

function open(server: ModelServer, after?: OpenedCore): OpenedCore {
  let core: OpenedCore | null = null;
  const skills = skillsIn(() => core?.folder ?? '/nonexistent');
  core = openTestCore({ url: server.url, more: { skills }, ...(after === undefined ? {} : { after }) });
  const opened = core;
  if (after === undefined) ends.push(() => removeFoldersOf(opened));
  return opened;
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
    const core = open(server);
    const file = path.join(core.folder, 'skills/pdf/SKILL.md');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '---\nname: pdf\ndescription: x\n---\nUse the tool.\n');
    const told = expect.stringMatching(/^<skill name="pdf" file=".*">[\s\S]*Use the tool\.\n<\/skill>$/);
    await core.turn('with $pdf, and $nothing');
    expect(heard(server)).toEqual(['with $pdf, and $nothing', told]);
    await core.turn('and now');
    expect(heard(server)).toEqual(['with $pdf, and $nothing', told, 'and now']);
    expect(core.of('message.added').map(({ text }) => text)).toEqual(['with $pdf, and $nothing', 'and now']);
    await core.close();

    const again = open(server, core);
    ends.push(() => again.close());
    await again.turn('go on');
    expect(heard(server)).toEqual(['with $pdf, and $nothing', told, 'and now', 'go on']);
    expect(again.of('message.added').map(({ text }) => text)).toEqual(['with $pdf, and $nothing', 'and now', 'go on']);
  });

  it('and cannot be read any more is told of, and the message is said', async () => {
    const server = await startModelServer(() => say('Yes.'));
    ends.push(() => server.close());
    const named: SkillSource = {
      all: [],
      named(_message, notice) {
        notice({ what: 'The skill x is not used.', why: '', next: '' });
        return [];
      },
    };
    const core = openTestCore({ url: server.url, more: { skills: named } });
    ends.push(
      () => rmSync(core.folder, { recursive: true, force: true }),
      () => core.close(),
    );
    await core.turn('with $x');
    expect(heard(server)).toEqual(['with $x']);
    expect(core.of('notice')).toMatchObject([{ problem: { what: 'The skill x is not used.' } }]);
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
