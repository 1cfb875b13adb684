// `codex config explain [KEY]`: which value is in force, which layer, file and line says so, and what that one beat.

import { type Explanation, explainAll, explainKey, namedLayer, type Origin } from './core/index.ts';
import { complain, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { assertNever, problemText } from './problem/index.ts';
import type { Invocation } from './ui/cli/index.ts';

type ConfigInvocation = Extract<Invocation, { kind: 'config' }>;

export function explainConfig({ key, json }: ConfigInvocation, place: Place): number {
  const settings =
    key === null ? { ok: true as const, value: explainAll(place.loaded) } : explainKey(place.loaded, key);
  if (!settings.ok) return complain(settings.problem, EXIT_FAILED);
  process.stdout.write(json ? asJson(settings.value, place) : asText(key, settings.value, place));
  if (!json) complainOf(place, key);
  return EXIT_OK;
}

function asJson(settings: readonly Explanation[], { loaded, trust, problems }: Place): string {
  const document = {
    layers: loaded.layers.map(namedLayer),
    unused: loaded.unused,
    trust,
    problems: problems.map(({ level, key, file, line, problem }) => ({ level, key, file, line, ...problem })),
    settings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function asText(key: string | null, settings: readonly Explanation[], { loaded, trust }: Place): string {
  if (key !== null) {
    const isOne = settings.length === 1;
    const nothing = settings.length === 0 ? [`Nothing is set in ${key}.`] : [];
    return [...nothing, ...settings.flatMap((it) => explanationLines(it, isOne)), ''].join('\n');
  }
  const files = [...new Set(loaded.layers.map(({ place }) => place))];
  return [
    ...settings.flatMap((it) => explanationLines(it, false)),
    ...(settings.length === 0 ? ['Everything has its built-in value.'] : []),
    '',
    `Read, the last one wins: ${files.length === 0 ? 'nothing' : files.join(', ')}`,
    ...(loaded.unused.length === 0 ? [] : [`Not used: ${loaded.unused.join(', ')}`]),
    `The folder is ${trustWord(trust.state)}: ${trust.reason}`,
    '',
  ].join('\n');
}

function trustWord(state: Place['trust']['state']): string {
  return state === 'unknown' ? 'not trusted yet' : state;
}

/** With `isWhole` also what it is good for. */
function explanationLines(it: Explanation, isWhole: boolean): string[] {
  return [
    `${it.key} ${it.value === null ? 'is not set' : `= ${it.value}`}`,
    ...(it.from.length === 0 ? ['  built-in'] : it.from.map((from) => `  by      ${originText(from)}`)),
    ...it.beats.map((beaten) => `  beats   ${originText(beaten)}: ${beaten.value}`),
    ...it.refused.map((refused) => `  without ${originText(refused)}: ${refused.value} (${whyText(refused.why)})`),
    ...(isWhole ? ['', `  ${it.about}`, `  Possible: ${it.type}`] : []),
  ];
}

function originText({ file, line, layer, profile }: Origin): string {
  const place = line === null ? file : `${file}:${line}`;
  return `${place} (${profile === null ? layerText(layer) : `profile ${profile}`})`;
}

function layerText(layer: Origin['layer']): string {
  switch (layer) {
    case 'system':
    case 'user':
    case 'project':
    case 'profile':
      return layer;
    case 'override':
      return 'command line';
    default:
      return assertNever(layer);
  }
}

function whyText(why: Explanation['refused'][number]['why']): string {
  switch (why) {
    case 'wrong':
      return 'not possible';
    case 'of a project':
      return 'not taken from a project';
    case 'other setting':
      return 'another setting wins';
    default:
      return assertNever(why);
  }
}

/** What is wrong is told beside, so that the values can be used by another program. */
function complainOf({ problems }: Place, key: string | null): void {
  const isMeant = (it: string): boolean => key === null || it === '' || it === key || it.startsWith(`${key}.`);
  const told = problems.filter((it) => it.level !== 'info' && isMeant(it.key));
  process.stderr.write(told.map(({ problem }) => `${problemText(problem)}\n`).join(''));
}
