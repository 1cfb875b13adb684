// How does an answer for good get into config.toml? Shown first, then written, with everything else left as it is.

import { readFileSync } from 'node:fs';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { AlwaysWriter } from '../session/processes.ts';
import { editForGrants, writeConfig } from './edit-profile.ts';
import { editWithout, type WrittenKey } from './edit-without.ts';

export interface AlwaysWriterOptions {
  readonly file: string;
  /** The file as a person would write its path. */
  readonly shown: string;
  /** The profile in force: where the grants belong. */
  readonly profile: string;
}

export function openAlwaysWriter({ file, shown, profile }: AlwaysWriterOptions): AlwaysWriter {
  /** A profile that was made for an earlier answer takes the later ones. */
  let current = profile;
  return {
    offer(grants) {
      const text = textOf(file);
      const edited = text.ok ? editForGrants(text.value, current, grants) : text;
      return edited.ok && edited.value.added !== '' ? { file: shown, added: edited.value.added } : null;
    },
    write(grants, shownLines) {
      const text = textOf(file);
      if (!text.ok) return text;
      const edited = editForGrants(text.value, current, grants);
      if (!edited.ok) return edited;
      if (edited.value.added !== shownLines) return fail(changed(shown));
      const written = writeConfig(file, text.value, edited.value.text);
      if (!written.ok) return written;
      current = edited.value.profile;
      const { keys } = edited.value;
      return ok(() => takeBack(file, shown, keys));
    },
  };
}

function takeBack(file: string, shown: string, keys: readonly WrittenKey[]): Result<string> {
  const text = textOf(file);
  if (!text.ok) return text;
  const edited = editWithout(text.value, keys);
  if (!edited.ok) return edited;
  const written = writeConfig(file, text.value, edited.value);
  return written.ok ? ok(shown) : written;
}

function changed(file: string): Problem {
  return {
    what: `Nothing was written: ${file} changed since the question was asked.`,
    why: 'Other lines than the ones that were shown would be added now.',
    next: 'It is allowed for this session; the next question shows the lines anew.',
  };
}

function textOf(file: string): Result<string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ok('');
    return fail({ what: `${file} cannot be read.`, why: causeOf(error), next: '' });
  }
}
