// Of several layers that say something about the same setting, what is in force? The walk over the table of settings.

import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { isTable, type Tables, valueAt } from './edit-tables.ts';
import { keyText } from './key-text.ts';
import type { Layer } from './layer.ts';
import type { Provenance, Reading, Saying } from './reading.ts';
import type { Each, Setting, Settings, Table } from './setting.ts';

/**
 * What a layer says at one place of the table, the lowest layer first. `wrong`: something stands there that is not
 * possible, and it was reported already.
 */
type Part = { readonly layer: Layer; readonly kind: 'said'; readonly value: unknown } | WrongPart;
type WrongPart = { readonly layer: Layer; readonly kind: 'wrong' };
type TablePart = { readonly layer: Layer; readonly kind: 'said'; readonly value: Tables } | WrongPart;

/** Makes exactly one value for each key of `settings`. */
export function valuesOf(settings: Settings, layers: readonly Layer[], reading: Reading): Record<string, unknown> {
  const parts = layers.map(
    (layer): TablePart =>
      layer.tables === null ? { layer, kind: 'wrong' } : { layer, kind: 'said', value: layer.tables },
  );
  return readSettings(settings, parts, [], false, reading);
}

function readSettings(
  settings: Settings,
  parts: readonly TablePart[],
  at: readonly string[],
  isOwn: boolean,
  reading: Reading,
): Record<string, unknown> {
  for (const part of parts) {
    if (part.kind === 'wrong') continue;
    for (const key of Object.keys(part.value)) {
      if (!Object.hasOwn(settings, key)) reading.unknown(part.layer, at, key, Object.keys(settings));
    }
  }
  return Object.fromEntries(
    Object.entries(settings).map(([key, node]) => {
      const said = parts.flatMap((part): Part[] => {
        if (part.kind === 'wrong') return [part];
        return Object.hasOwn(part.value, key) ? [{ ...part, value: part.value[key] }] : [];
      });
      return [key, readNode(node, said, [...at, key], isOwn, reading)];
    }),
  );
}

function readNode(
  node: Settings[string],
  parts: readonly Part[],
  at: readonly string[],
  isOwn: boolean,
  reading: Reading,
): unknown {
  switch (node.kind) {
    case 'setting':
      return readSetting(node, parts, at, isOwn, reading);
    case 'table':
    case 'each':
      return readTable(node, tablesOf(node, parts, at, isOwn, reading), at, isOwn || node.isOwn, reading);
  }
}

function tablesOf(
  node: Table<Settings> | Each<Settings>,
  parts: readonly Part[],
  at: readonly string[],
  isOwn: boolean,
  reading: Reading,
): readonly TablePart[] {
  return parts.flatMap((part): TablePart[] => {
    if (part.layer.kind === 'project' && (isOwn || node.isOwn) && !mayNarrow(node)) {
      if (part.kind === 'said') reading.ofProject(part.layer, at);
      return [];
    }
    if (part.kind === 'wrong') return [part];
    if (isTable(part.value)) return [{ ...part, value: part.value }];
    reading.wrong(part.layer, at, part.value, `It is a table: [${keyText(at)}].`);
    return [{ layer: part.layer, kind: 'wrong' }];
  });
}

/** Whether a project may say something in it all the same. */
function mayNarrow(node: Settings[string]): boolean {
  if (node.kind === 'setting') return node.project.kind === 'narrower';
  return Object.values(node.settings).some(mayNarrow);
}

function readTable(
  node: Table<Settings> | Each<Settings>,
  parts: readonly TablePart[],
  at: readonly string[],
  isOwn: boolean,
  reading: Reading,
): unknown {
  if (node.kind === 'table') return readSettings(node.settings, parts, at, isOwn, reading);
  const names = new Set(parts.flatMap((part) => (part.kind === 'said' ? Object.keys(part.value) : [])));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const inner = parts.flatMap((part): TablePart[] => {
        if (part.kind === 'wrong') return [part];
        if (!Object.hasOwn(part.value, name)) return [];
        const value = part.value[name];
        if (isTable(value)) return [{ ...part, value }];
        reading.wrong(part.layer, [...at, name], value, `It is a table: [${keyText([...at, name])}].`);
        return [{ layer: part.layer, kind: 'wrong' }];
      });
      if (inner.every(({ kind }) => kind === 'wrong')) return [];
      return [[name, readSettings(node.settings, inner, [...at, name], isOwn, reading)]];
    }),
  );
}

// --------------------------------------------------------------------------------------------------- one setting

interface InForce {
  readonly value: unknown;
  /** Who says so, the highest first. */
  readonly right: readonly Saying[];
  readonly refused: Provenance['refused'];
  /** Something wrong stands above all that is right: the value is a narrower one that nobody wrote. */
  readonly isReplaced: boolean;
}

function readSetting(
  setting: Setting<unknown>,
  parts: readonly Part[],
  at: readonly string[],
  isOwn: boolean,
  reading: Reading,
): unknown {
  let inForce: InForce = { value: setting.unsaid, right: [], refused: [], isReplaced: false };
  for (const part of parts) {
    if (part.layer.kind === 'project' && isOnlyOwn(setting, isOwn)) {
      if (part.kind === 'wrong') continue;
      reading.ofProject(part.layer, at);
      inForce = without(inForce, part, 'of a project');
      continue;
    }
    const read = part.kind === 'wrong' ? null : parsed(setting, part.value, at, part.layer, reading);
    inForce =
      read === null ? afterWrong(setting, inForce, part, at, reading) : over(setting, inForce, read, at, reading);
  }
  if (inForce.right.length + inForce.refused.length > 0) record(setting, at, inForce, reading);
  return inForce.value;
}

function isOnlyOwn({ project }: Setting<unknown>, isOwn: boolean): boolean {
  return project.kind === 'ignored' || (isOwn && project.kind !== 'narrower');
}

function without(below: InForce, saying: Saying, why: Provenance['refused'][number]['why']): InForce {
  return { ...below, refused: [{ layer: saying.layer, value: saying.value, why }, ...below.refused] };
}

function afterWrong(
  setting: Setting<unknown>,
  below: InForce,
  part: Part,
  at: readonly string[],
  reading: Reading,
): InForce {
  const value = setting.afterWrong(below.value);
  const narrowed = { ...below, value, isReplaced: below.isReplaced || !isDeepStrictEqual(value, below.value) };
  if (part.kind === 'wrong') return narrowed;
  const isAboutSafety = !isDeepStrictEqual(setting.afterWrong(setting.unsaid), setting.unsaid);
  const until = isAboutSafety ? ` Until then it is ${JSON.stringify(value)}.` : '';
  reading.wrong(part.layer, at, part.value, `Allowed: ${setting.type}.${until}`);
  return without(narrowed, part, 'wrong');
}

function over(
  setting: Setting<unknown>,
  below: InForce,
  said: Saying,
  at: readonly string[],
  reading: Reading,
): InForce {
  const { project } = setting;
  if (said.layer.kind === 'project' && project.kind === 'narrower' && !project.narrows(said.value, below.value)) {
    reading.ofProject(said.layer, at);
    return without(below, said, 'of a project');
  }
  return {
    ...below,
    value: merged(setting, below.value, said.value),
    right: [said, ...below.right],
    isReplaced: false,
  };
}

function record(setting: Setting<unknown>, at: readonly string[], inForce: InForce, reading: Reading): void {
  const { value, refused, isReplaced } = inForce;
  switch (setting.merge) {
    case 'replace': {
      const taken = isReplaced ? [] : inForce.right.slice(0, 1);
      reading.record({ path: at, setting, value, taken, beaten: inForce.right.slice(taken.length), refused });
      break;
    }
    case 'gather':
      reading.record({ path: at, setting, value, taken: inForce.right, beaten: [], refused });
      break;
    case 'keys':
    case 'deep':
      for (const leaf of leavesOf(value, setting.merge)) recordLeaf(setting, at, leaf, inForce, reading);
      if (refused.length > 0) reading.record({ path: at, setting, value, taken: [], beaten: [], refused });
  }
}

/** Each key of a merged table has a highest layer of its own. */
function recordLeaf(
  setting: Setting<unknown>,
  at: readonly string[],
  leaf: readonly string[],
  { value, right }: InForce,
  reading: Reading,
): void {
  const saying = right.flatMap(({ layer, value: table }) => {
    const said = valueAt(table, leaf);
    return said === undefined ? [] : [{ layer, value: said }];
  });
  reading.record({
    path: [...at, ...leaf],
    setting,
    value: valueAt(value, leaf),
    taken: saying.slice(0, 1),
    beaten: saying.slice(1),
    refused: [],
  });
}

function leavesOf(value: unknown, merge: 'keys' | 'deep'): readonly (readonly string[])[] {
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isMore = merge === 'deep' && isTable(inner) && Object.keys(inner).length > 0;
    return isMore ? leavesOf(inner, merge).map((rest) => [key, ...rest]) : [[key]];
  });
}

function parsed(
  setting: Setting<unknown>,
  written: unknown,
  at: readonly string[],
  layer: Layer,
  reading: Reading,
): Saying | null {
  const result = v.safeParse(setting.schema, written);
  if (result.success) return { layer, value: setting.isPath ? wholePath(result.output, layer) : result.output };
  const foreign = setting.foreign(written);
  if (foreign === null) return null;
  reading.foreign(layer, at, written, foreign.notice);
  return { layer, value: foreign.value };
}

function wholePath(written: unknown, { start }: Layer): unknown {
  if (typeof written !== 'string' || start === null) return written;
  if (written === '~' || written.startsWith('~/')) return path.join(start.home, written.slice(1));
  return path.resolve(start.folder, written);
}

function merged(setting: Setting<unknown>, below: unknown, above: unknown): unknown {
  switch (setting.merge) {
    case 'replace':
      return above;
    case 'keys':
      return isTable(below) && isTable(above) ? { ...below, ...above } : above;
    case 'deep':
      return deep(below, above);
    case 'gather':
      return Array.isArray(below) && Array.isArray(above) ? [...below, ...above] : above;
  }
}

function deep(below: unknown, above: unknown): unknown {
  if (!isTable(below) || !isTable(above)) return above;
  const inner = Object.entries(above).map(([key, value]) => [
    key,
    Object.hasOwn(below, key) ? deep(below[key], value) : value,
  ]);
  return { ...below, ...Object.fromEntries(inner) };
}
