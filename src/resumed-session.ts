// Which session is meant by what was typed after `resume` or `attach`?

import { findSession, latestSession } from './core/index.ts';
import { findLive } from './live-sessions.ts';
import type { Place } from './place.ts';
import { fail, ok, type Result } from './problem/index.ts';
import type { NamedResume } from './ui/cli/index.ts';

/** A session by its name and its record. */
export interface ResumedSession {
  readonly session: string;
  readonly path: string;
}

export async function findResumed(resume: NamedResume, place: Place): Promise<Result<ResumedSession>> {
  switch (resume.kind) {
    case 'last': {
      const latest = await latestSession(place.codexHome, resume.everyFolder ? null : place.cwd);
      return latest === null
        ? fail({
            what: 'No earlier session here.',
            why: '',
            next: resume.everyFolder ? 'codex starts one.' : 'codex resume --last --all looks in every folder.',
          })
        : ok(latest);
    }
    case 'live': {
      const found = await findLive(resume.id, place);
      return found.ok ? ok({ session: found.value.facts.session, path: found.value.facts.record }) : found;
    }
    case 'named':
      return findSession(place.codexHome, resume.id);
  }
}
