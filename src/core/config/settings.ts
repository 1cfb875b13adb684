// What the program remembers of itself between sessions. Never something a person configured: that is config.toml.

import { chmodSync, renameSync } from 'node:fs';
import path from 'node:path';
import type Conf from 'conf';
import * as v from 'valibot';
import { causeOf, type Problem } from '../../problem/index.ts';

const Remembered = v.object({
  last_model: v.optional(v.pipe(v.string(), v.maxLength(200))),
  /** Names of hints that were shown and need not be shown again. */
  hints_seen: v.optional(v.array(v.pipe(v.string(), v.maxLength(200)))),
});
type Remembered = v.InferOutput<typeof Remembered>;

export interface OwnSettings {
  lastModel(): string | null;
  rememberModel(model: string): void;
  hasSeenHint(hint: string): boolean;
  rememberHint(hint: string): void;
  /** Writes what is waiting. Call it before the program ends. */
  flush(): void;
}

export interface OwnSettingsOptions {
  /** A folder of this program's own, 0700; made when it is missing. */
  readonly folder: string;
  /** Hears of trouble, at most once of each kind. Never called while reading. */
  readonly report: (problem: Problem) => void;
  /** Gathers changes for this long: the library writes at once, and blocks a second where it may not write. */
  readonly writeAfterMs?: number;
}

const WRITE_AFTER_MS = 500;
const FILE_MODE = 0o600;

/** Never fails: where nothing can be read or written, everything is remembered until the program ends. */
export async function openOwnSettings(options: OwnSettingsOptions): Promise<OwnSettings> {
  let store = await openStore(options);
  const remembered: Remembered = store === null ? {} : readStore(store);
  let timer: NodeJS.Timeout | null = null;

  function write(): void {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    if (store === null) return;
    try {
      store.set({ ...remembered });
    } catch (error) {
      store = null;
      options.report(notSaved(error));
    }
  }

  function changed(): void {
    timer ??= setTimeout(write, options.writeAfterMs ?? WRITE_AFTER_MS).unref();
  }

  return {
    lastModel: () => remembered.last_model ?? null,
    rememberModel(model) {
      if (remembered.last_model === model) return;
      remembered.last_model = model;
      changed();
    },
    hasSeenHint: (hint) => remembered.hints_seen?.includes(hint) ?? false,
    rememberHint(hint) {
      if (remembered.hints_seen?.includes(hint) === true) return;
      remembered.hints_seen = [...(remembered.hints_seen ?? []), hint];
      changed();
    },
    flush: write,
  };
}

async function openStore(options: OwnSettingsOptions): Promise<Conf | null> {
  // Behind the first frame: the library takes longer to load than the screen.
  const { default: Conf } = await import('conf');
  const open = (): Conf =>
    new Conf({
      cwd: options.folder,
      configName: 'settings',
      configFileMode: FILE_MODE,
      accessPropertiesByDotNotation: false,
    });
  const file = path.join(options.folder, 'settings.json');
  try {
    const store = open();
    tighten(file);
    return store;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      options.report(notSaved(error));
      return null;
    }
  }
  try {
    // Not thrown away: somebody may want to see what happened to it.
    const aside = `${file}.broken-${Date.now()}`;
    renameSync(file, aside);
    const store = open();
    options.report({
      what: 'The settings this program remembers could not be read; they start anew.',
      why: `The broken file is kept as ${aside}.`,
      next: '',
    });
    return store;
  } catch (error) {
    options.report(notSaved(error));
    return null;
  }
}

/** A file made by something else may be open to others. */
function tighten(file: string): void {
  try {
    chmodSync(file, FILE_MODE);
  } catch {
    // Not there yet, or not ours to change: its content is no secret, this is a courtesy.
  }
}

/** Settings of a newer version, or edited by hand, count as far as they can be understood. */
function readStore(store: Conf): Remembered {
  const model = v.safeParse(Remembered.entries.last_model, store.get('last_model'));
  const hints = v.safeParse(Remembered.entries.hints_seen, store.get('hints_seen'));
  return {
    ...(model.success && model.output !== undefined ? { last_model: model.output } : {}),
    ...(hints.success && hints.output !== undefined ? { hints_seen: hints.output } : {}),
  };
}

function notSaved(error: unknown): Problem {
  return { what: 'What this program remembers of itself is not saved.', why: causeOf(error), next: '' };
}
