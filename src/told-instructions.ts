// What a model of this session is told before the first message: our own words, and what the person and the project wrote.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  foldersFrom,
  gatherDocuments,
  imagePart,
  instructionsFor,
  MOST_IMAGE_BYTES,
  openSkills,
  readDocument,
  readFolderFacts,
  type SkillSource,
  skillList,
  tooLarge,
} from './core/index.ts';
import type { Place } from './place.ts';
import { assertNever, causeOf, fail, ok, type Problem, type Result } from './problem/index.ts';

export type SessionInstructions = Parameters<typeof instructionsFor>[0];

export interface InstructionWishes {
  /** Told instead of our own words, and after everything. */
  readonly baseInstructions?: string;
  readonly furtherInstructions?: string;
}

/** A person's own words for what we say are no book. */
const MOST_BYTES = 256 * 1024;

export interface ToldInstructions {
  /** `notice` hears what is wrong with the files, once. */
  text(facts: SessionInstructions, notice: (problem: Problem) => void): string;
  /** How many files it has at this moment. */
  files(): number;
  readonly skills: SkillSource;
  /** Of the project: where its own prompts are. A work tree has its own. */
  readonly root: string;
}

/**
 * Files are looked at again for each step, so that a change is heard; what is wrong with them is told once. Nothing of a
 * project that is not trusted is read, and its skills only where it is.
 */
export function openInstructions(place: Place, wishes: InstructionWishes): ToldInstructions {
  const { config, codexHome, home, trust } = place;
  const { root, folder } = readFolderFacts(place.cwd, config.project_root_markers);
  const told = new Set<string>();
  const own = ownWords(place);
  const skills = openSkills({
    home,
    codexHome,
    projectFolders: trust.state === 'trusted' ? [...foldersFrom(root, folder)].reverse() : [],
    projectRoot: root,
    switches: config.skills.config,
  });
  const places = {
    codexHome,
    cwd: folder,
    root,
    readsProject: trust.state !== 'untrusted',
    mostBytes: config.project_doc_max_bytes,
    fallbackNames: config.project_doc_fallback_filenames,
  };

  function text(facts: SessionInstructions, notice: (problem: Problem) => void): string {
    const documents = gatherDocuments(places);
    const list = config.skills.include_instructions ? skillList(skills.all) : { text: '', problems: [] };
    for (const problem of [...own.problems, ...skills.problems, ...list.problems, ...documents.problems]) {
      if (told.has(problem.what)) continue;
      told.add(problem.what);
      notice(problem);
    }
    return [
      wishes.baseInstructions ?? own.text ?? instructionsFor(facts),
      config.developer_instructions ?? '',
      documents.text,
      list.text,
      wishes.furtherInstructions ?? '',
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  }

  return {
    text,
    files: () => gatherDocuments(places).sources.length,
    skills,
    root,
  };
}

/** The person's file in place of our words; null text: there is none. */
function ownWords({ config }: Place): { readonly text: string | null; readonly problems: readonly Problem[] } {
  const words = wordsIn(config.model_instructions_file);
  // Read again where it is used; here only to hear what is wrong with it.
  const summary = config.compact_prompt === null ? wordsIn(config.experimental_compact_prompt_file) : ok(null);
  const problems = [words, summary].flatMap((read) => (read.ok ? [] : [read.problem]));
  return { text: words.ok ? words.value : null, problems };
}

/** What a conversation is summarised with, as configured; null: our own words. */
export function compactPrompt({ config }: Place): string | null {
  if (config.compact_prompt !== null) return config.compact_prompt;
  const words = wordsIn(config.experimental_compact_prompt_file);
  return words.ok ? words.value : null;
}

/** A file of instructions that the configuration names; null when it names none. An empty one says nothing. */
function wordsIn(file: string | null): Result<string | null> {
  if (file === null) return ok(null);
  const refused = (why: string) =>
    fail({ what: `${file} is not used.`, why, next: 'Until it can be read, a model is told the usual.' });
  const read = readDocument(file, MOST_BYTES, null);
  switch (read.kind) {
    case 'missing':
      return refused('There is no such file.');
    case 'refused':
      return refused(read.why);
    case 'text':
      if (read.isCut) return refused(`It has more than ${MOST_BYTES} bytes.`);
      return read.text.trim() === '' ? refused('It is empty.') : ok(read.text.trim());
    default:
      return assertNever(read);
  }
}

/** A picture that a person attached: they named the file themselves. */
export async function readAttached(file: string) {
  const bytes = readPicture(file);
  const part = bytes.ok ? imagePart(bytes.value, file) : bytes;
  return part.ok ? ok({ name: path.basename(file), part: part.value }) : part;
}

function readPicture(file: string): Result<Buffer> {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return fail({ what: `${file} is no file.`, why: '', next: '' });
    if (stat.size > MOST_IMAGE_BYTES) return fail(tooLarge(file));
    return ok(readFileSync(file));
  } catch (error) {
    return fail({ what: `${file} cannot be read.`, why: causeOf(error), next: '' });
  }
}
