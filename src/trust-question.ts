// Which folder has to be asked about before a session opens in it, and what the answer changes.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { configPath, writeTrust } from './core/index.ts';
import { openPlace, type Place } from './place.ts';
import type { ScreenRun } from './ui/tui/index.ts';

/** What a project can bring along beside its settings. */
const FURTHER = ['.codex/prompts', '.claude/commands', '.agents/skills', '.codex/skills', '.claude/skills'];

/** Null: nothing is there that anybody has to decide about. `reopen` gets the place as it is after the answer. */
export function trustQuestion(place: Place, reopen: (place: Place) => Promise<void>): ScreenRun['trust'] {
  const { trust, codexHome, configFile: shown } = place;
  const brings = trust.state === 'unknown' ? broughtAlong(place) : [];
  if (brings.length === 0) return null;
  const { folder } = trust;
  return {
    folder,
    brings,
    async decide(answer) {
      if (answer === 'later') return reopen(withoutNotice(place));
      const written = writeTrust({ file: configPath(codexHome), shown, folder, level: answer });
      const again = written.ok ? openPlace(place.cwd, place.asked) : written;
      if (again.ok) return reopen(again.value);
      const problem = { level: 'warning', key: '', file: shown, line: null, problem: again.problem } as const;
      await reopen({ ...place, problems: [...place.problems, problem] });
    },
  };
}

function broughtAlong({ trust, loaded, codexHome }: Place): readonly string[] {
  const files = [...loaded.unused, ...FURTHER.map((name) => path.join(trust.folder, name)).filter(isThere)];
  // The person's own folder, where the project is their home.
  return files
    .filter((file) => !file.startsWith(`${codexHome}${path.sep}`))
    .map((file) => path.relative(trust.folder, file) || file);
}

function isThere(file: string): boolean {
  return existsSync(file);
}

/** Whoever was just asked knows. */
function withoutNotice(place: Place): Place {
  const { home, loaded, problems } = place;
  const unused = new Set(loaded.unused.flatMap((file) => [file, file.replace(`${home}${path.sep}`, `~${path.sep}`)]));
  return { ...place, problems: problems.filter(({ file }) => !unused.has(file)) };
}
