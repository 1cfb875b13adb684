import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codexHome, openOwnSettings, ownFolder } from '../../../src/core/config/index.ts';
import type { Problem } from '../../../src/problem/index.ts';

let folder: string;
let reports: Problem[];

beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'codex-settings-')), 'codex_ts');
  reports = [];
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

function open(writeAfterMs?: number) {
  const report = (problem: Problem): void => void reports.push(problem);
  return openOwnSettings({ folder, report, ...(writeAfterMs === undefined ? {} : { writeAfterMs }) });
}

describe('what the program remembers of itself', () => {
  it('is there again next time, in a file for nobody else', async () => {
    const first = await open();
    first.rememberModel('m1');
    first.rememberHint('sandbox');
    first.rememberHint('sandbox');
    first.flush();
    const second = await open();
    expect(second.lastModel()).toBe('m1');
    expect(second.hasSeenHint('sandbox')).toBe(true);
    expect(second.hasSeenHint('other')).toBe(false);
    expect(statSync(path.join(folder, 'settings.json')).mode & 0o777).toBe(0o600);
    expect(reports).toEqual([]);
  });

  it('is written once for several changes', async () => {
    const settings = await open(60_000);
    settings.rememberModel('m1');
    expect(readdirSync(path.dirname(folder)).flatMap(() => readdirIfThere(folder))).not.toContain('settings.json');
    settings.rememberModel('m2');
    settings.flush();
    expect(JSON.parse(readFileSync(path.join(folder, 'settings.json'), 'utf8'))).toEqual({ last_model: 'm2' });
  });

  it('starts anew from a broken file, which is kept aside, and says so once', async () => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'settings.json'), '{"last_model": ');
    const settings = await open();
    settings.rememberModel('m');
    settings.flush();
    expect(reports).toHaveLength(1);
    const [aside] = readdirSync(folder).filter((name) => name.startsWith('settings.json.broken-'));
    expect(readFileSync(path.join(folder, aside ?? ''), 'utf8')).toBe('{"last_model": ');
    expect((await open()).lastModel()).toBe('m');
  });

  it('counts as far as it is understood, and is closed to others, when something else wrote it', async () => {
    mkdirSync(folder);
    const file = path.join(folder, 'settings.json');
    writeFileSync(file, JSON.stringify({ last_model: 7, hints_seen: ['a'], later: { x: 1 } }));
    chmodSync(file, 0o644);
    const settings = await open();
    expect(settings.lastModel()).toBeNull();
    expect(settings.hasSeenHint('a')).toBe(true);
    settings.rememberHint('b');
    settings.flush();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ later: { x: 1 }, hints_seen: ['a', 'b'] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is kept in memory where nothing can be written, and that is said once', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    const settings = await open();
    settings.rememberModel('m1');
    settings.flush();
    settings.rememberModel('m2');
    settings.flush();
    expect(settings.lastModel()).toBe('m2');
    expect(reports).toHaveLength(1);
    expect(reports[0]?.what).toContain('not saved');
  });
});

describe('the home of codex', () => {
  it('is what CODEX_HOME says, made absolute, else .codex in the home folder', () => {
    expect(codexHome({}, '/home/u', '/w')).toBe('/home/u/.codex');
    expect(codexHome({ CODEX_HOME: '' }, '/home/u', '/w')).toBe('/home/u/.codex');
    expect(codexHome({ CODEX_HOME: '/srv/c' }, '/home/u', '/w')).toBe('/srv/c');
    expect(codexHome({ CODEX_HOME: 'c' }, '/home/u', '/w')).toBe('/w/c');
    expect(ownFolder('/srv/c')).toBe('/srv/c/codex_ts');
  });
});

function readdirIfThere(at: string): string[] {
  try {
    return readdirSync(at);
  } catch {
    return [];
  }
}
