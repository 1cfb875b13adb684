// Which folder do the files of a session's messages lie in, and which of them has it to do with?

import path from 'node:path';
import { LOCAL, trustedPath } from '../../exec/index.ts';
import type { EventBody } from '../bus/index.ts';
import { type FilesAnswer, openFileSearch } from './file-search.ts';
import { openFileThread } from './file-thread.ts';
import { findPrograms } from './programs.ts';

/** Changed and named files that are remembered. */
const MOST_FAVOURED = 64;
const MOST_PROGRAMS = 100;

export interface SessionFilesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Absolute. */
  readonly cwd: string;
  /** Where commands that name no machine run; null: nowhere. */
  readonly environment: string | null;
  /** The bundled `file-thread-main.ts`; null: no thread is used. */
  readonly thread: string | null;
}

export interface SessionFiles {
  /** Takes what happened. */
  follow(event: EventBody): void;
  find(query: string, limit: number): Promise<FilesAnswer>;
  programs(query: string, limit: number): Promise<string[]>;
  close(): void;
}

export function openSessionFiles(options: SessionFilesOptions): SessionFiles {
  const { env, home, thread } = options;
  const search =
    thread === null ? openFileSearch({ env, home }) : openFileThread(thread, { env: definedIn(env), home });
  let { cwd, environment } = options;
  let favoured: readonly string[] = [];
  /** For the folder it was made for: it costs a look at every folder of the PATH. */
  let programs: { readonly cwd: string; readonly path: string } | null = null;

  function favour(file: string): void {
    favoured = [file, ...favoured.filter((other) => other !== file)].slice(0, MOST_FAVOURED);
  }

  /** A git that a command of ours may have left in the folder is none. */
  function programsFor(folder: string): string {
    if (programs?.cwd !== folder) programs = { cwd: folder, path: trustedPath(env.PATH ?? '/usr/bin:/bin', [folder]) };
    return programs.path;
  }

  return {
    follow(event) {
      switch (event.type) {
        case 'session.moved':
          cwd = event.cwd;
          return;
        case 'environment.picked':
          environment = event.environment;
          return;
        case 'files.changed':
          for (const { path: file } of event.files) favour(file);
          return;
        case 'message.added':
          for (const name of namedIn(event.text)) favour(path.resolve(cwd, name));
          return;
      }
    },
    // What lies on another machine is not listed from here.
    find: async (query, limit) =>
      environment === LOCAL
        ? search.find({ cwd, query, limit, favoured, programs: programsFor(cwd) })
        : { files: [], isPartial: false, known: 0 },
    programs: async (query, limit) =>
      environment === LOCAL ? findPrograms(env.PATH ?? '/usr/bin:/bin', query, Math.min(limit, MOST_PROGRAMS)) : [],
    close: search.close,
  };
}

/** What a thread can be told. */
function definedIn(env: SessionFilesOptions['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** `@src/main.ts` and `@"my notes.md"`, as completion writes them. A long text is looked at in its beginning. */
function namedIn(text: string): string[] {
  return [...text.slice(0, 16_384).matchAll(/(?:^|\s)@(?:"([^"\n]+)"|([^\s"]+))/g)].flatMap((match) => {
    const name = match[1] ?? match[2];
    return name === undefined ? [] : [name];
  });
}
