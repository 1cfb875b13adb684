// Of which programs does a command consist, for the rules?

import { shellCallOf } from './shell-call.ts';
import { parseShell, type ShellScript } from './shell-commands.ts';

/**
 * `plain`: a program with exactly these words; every rule may speak about it.
 * `seen`: it runs inside something that cannot be judged as a whole, or around what can; no rule allows it.
 * `unclear`: a script of which rules cannot tell all it does, with what stands in the way; nothing allows it.
 */
export type Part =
  | { readonly kind: 'plain'; readonly words: readonly string[]; readonly hasHereDocument: boolean }
  | { readonly kind: 'seen'; readonly words: readonly string[] }
  | { readonly kind: 'unclear'; readonly words: readonly string[]; readonly reasons: readonly string[] };

/** Scripts in scripts: more than that is no one's honest way to start a program. */
const DEEPEST = 4;

/** Splits `bash -lc SCRIPT` and its like into the commands of the script; any other command is one part. */
export function partsOf(argv: readonly string[]): readonly Part[] {
  return partsAtDepth(argv, 0);
}

function partsAtDepth(argv: readonly string[], depth: number): readonly Part[] {
  const call = shellCallOf(argv);
  if (call === null) return [{ kind: 'plain', words: argv, hasHereDocument: false }];
  if (depth === DEEPEST) return [unclear(argv, ['shells in shells'])];
  // A rule may speak of a shell that a script starts. The outermost one is how commands are started at all.
  const around: readonly Part[] = depth === 0 ? [] : [{ kind: 'seen', words: argv }];
  const script = parseShell(call.script);
  const inner = commandsOf(script).flatMap((words) => partsAtDepth(words, depth + 1));
  if (call.why !== null) return [...around, unclear(argv, [call.why]), ...inner.map(onlySeen)];
  switch (script.kind) {
    case 'plain':
      return [...around, ...inner];
    case 'broken':
      return [...around, unclear(argv, [script.why]), ...inner.map(onlySeen)];
    case 'complex':
      return [...around, ...complexParts(argv, script.reasons, inner)];
  }
}

/** One program that is given a text to read is judged by its words; what the text says is up to the program. */
function complexParts(argv: readonly string[], reasons: readonly string[], inner: readonly Part[]): readonly Part[] {
  const [only] = inner;
  const isHereDocument = reasons.length === 1 && reasons[0] === 'a here-document';
  if (isHereDocument && inner.length === 1 && only?.kind === 'plain') return [{ ...only, hasHereDocument: true }];
  return [unclear(argv, reasons), ...inner.map(onlySeen)];
}

function commandsOf(script: ShellScript): readonly (readonly string[])[] {
  return script.commands.map((command) => command.words).filter((words) => words.length > 0);
}

function unclear(words: readonly string[], reasons: readonly string[]): Part {
  return { kind: 'unclear', words, reasons };
}

function onlySeen(part: Part): Part {
  return part.kind === 'plain' ? { kind: 'seen', words: part.words } : part;
}
