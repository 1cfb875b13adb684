// What a model of this session is told before the first message: our own words, and what the person and the project wrote.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  findSkills,
  gatherDocuments,
  imagePart,
  instructionsFor,
  MOST_IMAGE_BYTES,
  readFolderFacts,
  skillsText,
  tooLarge,
} from './core/index.ts';
import type { Place } from './place.ts';
import { causeOf, fail, ok, type Problem, type Result } from './problem/index.ts';

export type SessionInstructions = Parameters<typeof instructionsFor>[0];

export interface InstructionWishes {
  /** Told instead of our own words, and after everything. */
  readonly baseInstructions?: string;
  readonly furtherInstructions?: string;
}

/** A person's own words for what we say are no book. */
const MOST_BYTES = 256 * 1024;

/**
 * Files are looked at again for each step, so that a change is heard; what is wrong with them is told once. Nothing of a
 * project that is not trusted is read, and its skills only where it is.
 */
export function openInstructions(
  place: Place,
  wishes: InstructionWishes,
): (facts: SessionInstructions, notice: (problem: Problem) => void) => string {
  const { config, codexHome, home, trust } = place;
  const { root, folder } = readFolderFacts(place.cwd, config.project_root_markers);
  const told = new Set<string>();
  const own = ownWords(place);
  const skills = config.skills.include_instructions
    ? findSkills({ home, codexHome, projectFolders: trust.state === 'trusted' ? [...new Set([folder, root])] : [] })
    : { skills: [], problems: [] };
  return (facts, notice) => {
    const documents = gatherDocuments({
      codexHome,
      cwd: folder,
      root,
      readsProject: trust.state !== 'untrusted',
      mostBytes: config.project_doc_max_bytes,
      fallbackNames: config.project_doc_fallback_filenames,
    });
    for (const problem of [...own.problems, ...skills.problems, ...documents.problems]) {
      if (told.has(problem.what)) continue;
      told.add(problem.what);
      notice(problem);
    }
    return [
      wishes.baseInstructions ?? own.text ?? instructionsFor(facts),
      config.developer_instructions ?? '',
      documents.text,
      skillsText(skills.skills),
      wishes.furtherInstructions ?? '',
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  };
}

/** The person's file in place of our words; null text: there is none. */
function ownWords({ config }: Place): { readonly text: string | null; readonly problems: readonly Problem[] } {
  const file = config.model_instructions_file;
  if (file === null) return { text: null, problems: [] };
  const bytes = readWhole(file, MOST_BYTES);
  return bytes.ok ? { text: bytes.value.toString('utf8'), problems: [] } : { text: null, problems: [bytes.problem] };
}

/** What a conversation is summarised with, as configured; null: our own words. */
export function compactPrompt({ config }: Place): string | null {
  if (config.compact_prompt !== null) return config.compact_prompt;
  const file = config.experimental_compact_prompt_file;
  const bytes = file === null ? null : readWhole(file, MOST_BYTES);
  return bytes?.ok === true ? bytes.value.toString('utf8') : null;
}

/** A picture that a person attached: they named the file themselves. */
export async function readAttached(file: string) {
  const bytes = readWhole(file, MOST_IMAGE_BYTES);
  const part = bytes.ok ? imagePart(bytes.value, file) : bytes;
  return part.ok ? ok({ name: path.basename(file), part: part.value }) : part;
}

function readWhole(file: string, most: number): Result<Buffer> {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return fail({ what: `${file} is no file.`, why: '', next: '' });
    if (stat.size > most) return fail(tooLarge(file));
    return ok(readFileSync(file));
  } catch (error) {
    return fail({ what: `${file} cannot be read.`, why: causeOf(error), next: '' });
  }
}
