// Where does a session stand on each of its machines?

import type { EnvironmentFacts } from '../../exec/index.ts';

/** Paths of that machine. */
export interface Standing {
  /** Where commands start. */
  readonly cwd: string;
  /** The folder before the last move; null before the first. */
  readonly previous: string | null;
  /** The folder the session works in there: what `workspace_roots` of its profile means. */
  readonly root: string;
}

export interface Standings {
  /** `facts`: of the machine, for a session that comes there first. */
  on(environment: string, facts: Pick<EnvironmentFacts, 'cwd'>): Standing;
  /** False: it stands there already. */
  move(environment: string, cwd: string): boolean;
}

export function openStandings(known: ReadonlyMap<string, Standing>): Standings {
  const standings = new Map(known);
  return {
    on(environment, { cwd }) {
      const standing = standings.get(environment) ?? { cwd, previous: null, root: cwd };
      standings.set(environment, standing);
      return standing;
    },
    move(environment, cwd) {
      const standing = standings.get(environment);
      if (standing === undefined || standing.cwd === cwd) return false;
      standings.set(environment, { ...standing, previous: standing.cwd, cwd });
      return true;
    },
  };
}
