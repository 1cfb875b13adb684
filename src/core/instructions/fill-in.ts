// What becomes of a prompt's text with the words that were typed behind its name? Pure.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';

/**
 * Whose words a file speaks. `codex`: also `$NAME` stands for something, and `$$` for a dollar. `claude`: commands of
 * Claude Code, in which every other dollar is only a dollar.
 */
export type PromptForm = 'codex' | 'claude';

const PLACES = {
  codex: /\$(\$|[1-9](?!\d)|[A-Z][A-Z0-9_]*)/g,
  claude: /\$([1-9](?!\d)|ARGUMENTS(?!\w))/g,
} as const;

/**
 * `$1` to `$9` and `$ARGUMENTS` stand for what was typed, `$NAME` for the value of `NAME=value` there. A name that is
 * needed and was not given is a problem; a number that was not given stands for nothing. Where the text has no place
 * for what was typed, it follows at the end.
 */
export function filledIn(text: string, words: string, form: PromptForm): Result<string> {
  const places = [...text.matchAll(PLACES[form])].map(([, place]) => place ?? '').filter((place) => place !== '$');
  const needed = new Set(places.filter((place) => place !== 'ARGUMENTS' && !/^\d$/.test(place)));
  const args = splitWords(words).map((word) => {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=([\s\S]*)$/.exec(word) ?? [];
    return name !== undefined && needed.has(name) ? { name, value: value ?? '' } : { name: null, value: word };
  });
  const named = new Map(args.flatMap(({ name, value }) => (name === null ? [] : [[name, value] as const])));
  const missing = [...needed].filter((name) => !named.has(name));
  if (missing.length > 0) return fail(missingArguments(missing));
  const numbered = args.filter(({ name }) => name === null);
  const filled = text.replace(PLACES[form], (_whole, place: string) => {
    if (place === '$') return '$';
    if (place === 'ARGUMENTS') return words.trim();
    return (/^\d$/.test(place) ? numbered[Number(place) - 1]?.value : named.get(place)) ?? '';
  });
  const isHeard = places.length > 0 || words.trim() === '';
  return ok(isHeard ? filled : `${filled.trimEnd()}\n\n${words.trim()}`);
}

/** Words as a shell would part them, with quotes and nothing else. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [whole] of text.matchAll(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"?|'[^']*'?)+/gs)) {
    words.push(
      whole.replace(/"((?:[^"\\]|\\.)*)"?|'([^']*)'?/gs, (_, double?: string, single?: string) =>
        double === undefined ? (single ?? '') : double.replace(/\\(["\\])/g, '$1'),
      ),
    );
  }
  return words;
}

function missingArguments(names: readonly string[]): Problem {
  return {
    what: `This prompt needs ${names.join(', ')}.`,
    why: '',
    next: `Write them behind its name: ${names.map((name) => `${name}="…"`).join(' ')}`,
  };
}
