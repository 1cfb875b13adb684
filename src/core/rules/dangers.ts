// What in a command should a person look at before it runs?

import { posix } from 'node:path';
import { type DangerKind, DEVICE, dangerousWords } from './dangerous-words.ts';
import { isShell, shellCallOf } from './shell-call.ts';
import { parseShell } from './shell-commands.ts';
import type { ShellFunction, SimpleCommand, Span } from './shell-reader.ts';
import { type Layer, layersOf } from './wrappers.ts';

export interface Danger {
  readonly kind: DangerKind;
  /** The words to mark, as the program gets them. */
  readonly words: readonly string[];
  /** Where they stand in the script of `bash -lc SCRIPT`, without overlaps; empty for an argv without a script. */
  readonly spans: readonly Span[];
  /** A short clause that goes on from "because". */
  readonly why: string;
}

/** Scripts in scripts in scripts are looked into this deep. */
const DEEPEST = 4;

/** More than this nobody reads on a card. */
const MOST = 100;

/**
 * Finds what can do harm in all programs that can be recognised, behind wrappers as `env` and in scripts that rules
 * cannot judge too. Finding nothing proves nothing: a variable can hold any program.
 */
export function dangerIn(argv: readonly string[]): readonly Danger[] {
  const found: Danger[] = [];
  lookAtWords(argv, null, 0, found);
  return found.slice(0, MOST);
}

/** `spans`: where the words stand; null when they are no part of a script. */
function lookAtWords(words: readonly string[], spans: readonly Span[] | null, depth: number, found: Danger[]): void {
  if (found.length >= MOST) return;
  const report = (kind: DangerKind, at: readonly number[], why: string): void => {
    found.push({
      kind,
      words: at.flatMap((index) => words[index] ?? []),
      spans: spans === null ? [] : distinct(at.flatMap((index) => spans[index] ?? [])),
      why,
    });
  };
  const layers = layersOf(words);
  for (const [index, layer] of layers.entries()) {
    const isLast = index === layers.length - 1;
    if (SETTERS.has(layer.program)) lookAtSettings(words, layer, layers[index + 1], report);
    const args = isLast ? words.slice(layer.at + 1) : [];
    const danger = dangerousWords(layer.program, args);
    if (danger !== null) {
      const at = danger.indexes.map((offset) => layer.at + offset);
      report(danger.kind, at, danger.why);
    }
    if (isLast) lookIntoScript(words.slice(layer.at), spans?.slice(layer.at) ?? null, depth, found);
    else if (layer.program === 'env') lookIntoSplit(words, spans, layer, layers[index + 1], depth, found);
  }
}

type Report = (kind: DangerKind, at: readonly number[], why: string) => void;

/** Variables that decide which program runs, or that run one themselves. */
const DECIDING =
  /^(?:PATH|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|BASH_ENV|ZDOTDIR|PROMPT_COMMAND|IFS|SHELLOPTS|GIT_(?:SSH|SSH_COMMAND|EDITOR|SEQUENCE_EDITOR|PAGER|ASKPASS|EXTERNAL_DIFF|PROXY_COMMAND|EXEC_PATH|CONFIG\w*)|PYTHONSTARTUP|PERL5OPT|RUBYOPT)\+?=(?!(?:cat|true|:|)$)/;

/** Programs that set the variables among their words. */
const SETTERS = new Set(['env', 'export', 'declare', 'typeset', 'sudo']);

const DECIDES = 'this variable decides which program runs';

function lookAtSettings(words: readonly string[], layer: Layer, next: Layer | undefined, report: Report): void {
  const end = next?.at ?? words.length;
  for (let index = layer.at + 1; index < end; index++) {
    if (DECIDING.test(words[index] ?? '')) report('hidden program', [index], DECIDES);
  }
}

/** Programs that run the rest of their words as a script. */
const RUNS_WORDS = new Set(['eval', 'trap']);

function lookIntoScript(words: readonly string[], spans: readonly Span[] | null, depth: number, found: Danger[]): void {
  const [program = '', ...args] = words;
  const call = shellCallOf(words);
  if (call !== null) return lookAtScript(call.script, spans?.[call.index] ?? null, spans === null, depth, found);
  if (RUNS_WORDS.has(program)) return lookAtScript(args.join(' '), joined(spans), false, depth, found);
  const option = posix.basename(program) === 'su' ? args.findIndex((word) => /^(?:-c|--command)$/.test(word)) : -1;
  if (option !== -1) lookAtScript(args[option + 1] ?? '', joined(spans), false, depth, found);
}

/** `env -S "program words"` splits one word. */
function lookIntoSplit(
  words: readonly string[],
  spans: readonly Span[] | null,
  layer: Layer,
  next: Layer | undefined,
  depth: number,
  found: Danger[],
): void {
  const own = words.slice(layer.at + 1, next?.at ?? words.length);
  const option = own.findIndex((word) => /^(?:-[A-Za-z]*S|--split-string)/.test(word));
  if (option === -1) return;
  const at = layer.at + 1 + option;
  const attached = (words[at] ?? '').replace(/^(?:-[A-Za-z]*S|--split-string)=?/, '');
  const script = attached === '' ? (words[at + 1] ?? '') : attached;
  lookAtScript(script, spans?.[attached === '' ? at + 1 : at] ?? null, false, depth, found);
}

/**
 * `span`: where the whole script stands, when it is a word of another. `isOutermost`: spans are given in this one.
 */
function lookAtScript(text: string, span: Span | null, isOutermost: boolean, depth: number, found: Danger[]): void {
  if (depth >= DEEPEST || text === '') return;
  const script = parseShell(text);
  const placed = (spans: readonly Span[]): readonly Span[] | null =>
    isOutermost && depth === 0 ? spans : span === null ? null : spans.map(() => span);
  const report = (kind: DangerKind, words: readonly string[], spans: readonly Span[], why: string): void => {
    found.push({ kind, words, spans: distinct(placed(spans) ?? []), why });
  };

  for (const bomb of forkBombs(script.commands, script.kind === 'plain' ? [] : script.functions)) {
    report('fork bomb', [bomb.name], [bomb.span], 'it starts itself again and again until nothing else can run');
  }
  const downloads = lastDownloads(script.commands);
  for (const [index, command] of script.commands.entries()) {
    if (found.length >= MOST) return;
    for (const assignment of command.assignments) {
      if (DECIDING.test(assignment.text)) report('hidden program', [assignment.text], [assignment.span], DECIDES);
    }
    for (const { operator, target, span: at } of command.redirections) {
      if (/>/.test(operator) && DEVICE.test(target)) report('device', [target], [at], 'it overwrites a device');
    }
    lookAtWords(command.words, placed(command.spans), depth + 1, found);
    const unread = unreadScript(command, downloads[index] ?? -1);
    if (unread === null) continue;
    const at = layersOf(command.words).at(-1)?.at ?? 0;
    report('unread script', command.words.slice(at, at + 1), command.spans.slice(at, at + 1), unread);
  }
}

/** For each command the index of the nearest download before it, -1 without one. */
function lastDownloads(commands: readonly SimpleCommand[]): readonly number[] {
  let last = -1;
  return commands.map(({ words }, index) => {
    const before = last;
    if (DOWNLOADERS.has(layersOf(words).at(-1)?.program ?? '')) last = index;
    return before;
  });
}

const DOWNLOADERS = new Set(['curl', 'wget', 'fetch', 'aria2c', 'http', 'https', 'xh', 'nc', 'ncat', 'ftp', 'scp']);

/** Programs that run what they read when they are given no file. */
const READERS = /^(?:python[\d.]*|perl|ruby|node|php|lua|deno|bun)$/;

function unreadScript(command: SimpleCommand, download: number): string | null {
  const layer = layersOf(command.words).at(-1);
  if (layer === undefined) return null;
  const args = command.words.slice(layer.at + 1);
  const { program } = layer;
  const runsInner = ['eval', 'source', '.'].includes(program) || (reads(program) && runsSubstituted(args));
  if (runsInner && download >= command.innerFrom) return 'it runs what was just downloaded';
  if (command.pipedFrom === null || !reads(program) || !readsInput(program, args)) return null;
  if (download >= command.pipedFrom) return 'it runs what was just downloaded';
  return isShell(program) ? 'it runs whatever comes out of the pipe' : null;
}

function reads(program: string): boolean {
  return isShell(program) || READERS.test(program);
}

/** The script itself, not an argument for it, is what a substitution gives. */
function runsSubstituted(args: readonly string[]): boolean {
  const at = args.findIndex((word) => !word.startsWith('-'));
  const script = args[at] ?? '';
  return script.startsWith('<(') || (/^-[A-Za-z]*[ceEpr]$/.test(args[at - 1] ?? '') && /\$\(|`/.test(script));
}

/** No file and no text of its own: it runs what comes in. */
function readsInput(program: string, args: readonly string[]): boolean {
  const first = args.find((word) => word === '-' || !word.startsWith('-'));
  if (isShell(program)) return args.includes('-s') || first === undefined || first === '-' || first === '/dev/stdin';
  return (
    (first === undefined || first === '-' || first === '/dev/stdin') &&
    !args.some((word) => /^-[a-zA-Z]*[ceEmr]/.test(word))
  );
}

/** Functions that call themselves into a pipe, or twice. */
function forkBombs(commands: readonly SimpleCommand[], functions: readonly ShellFunction[]): readonly ShellFunction[] {
  return functions.filter(({ name, from, to }) => {
    let calls = 0;
    for (let index = from; index < to; index++) {
      if (commands[index]?.words[0] === name) calls += commands[index]?.pipedFrom === null ? 1 : 2;
    }
    return calls >= 2;
  });
}

/** Each span once: words of a script in a word all stand where that word does. */
function distinct(spans: readonly Span[]): readonly Span[] {
  return spans.filter((span, index) => index === 0 || span.start !== spans[index - 1]?.start);
}

/** One span over all. */
function joined(spans: readonly Span[] | null): Span | null {
  const first = spans?.[0];
  const last = spans?.at(-1);
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}
