// Which folder do the files of a session's messages lie in, and which of them has it to do with?

import path from 'node:path';
import { LOCAL } from '../../exec/index.ts';
import type { EventBody } from '../bus/index.ts';
import { type FilesAnswer, openFileSearch } from './file-search.ts';

export interface SessionFilesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Absolute. */
  readonly cwd: string;
  /** Where commands that name no machine run; null: nowhere. */
  readonly environment: string | null;
}

export interface SessionFiles {
  /** Takes what happened. */
  follow(event: EventBody): void;
  find(query: string, limit: number): Promise<FilesAnswer>;
  close(): void;
}

export function openSessionFiles(options: SessionFilesOptions): SessionFiles {
  const search = openFileSearch(options);
  let { cwd, environment } = options;

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
          for (const { path: file } of event.files) search.favour(file);
          return;
        case 'message.added':
          for (const name of namedIn(event.text)) search.favour(path.resolve(cwd, name));
          return;
      }
    },
    // What lies on another machine is not listed from here.
    find: async (query, limit) =>
      environment === LOCAL ? search.find(cwd, query, limit) : { files: [], isPartial: false, known: 0 },
    close: search.close,
  };
}

/** `@src/main.ts` and `@"my notes.md"`, as completion writes them. A long text is looked at in its beginning. */
function namedIn(text: string): string[] {
  return [...text.slice(0, 16_384).matchAll(/(?:^|\s)@(?:"([^"\n]+)"|([^\s"]+))/g)].flatMap((match) => {
    const name = match[1] ?? match[2];
    return name === undefined ? [] : [name];
  });
}
