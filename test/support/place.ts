// A home and a workspace for the built program, and the program in a terminal there.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openScreen, type Screen } from './screen.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/codex.cjs');

/** A home, a workspace, and what must be removed afterwards. */
export interface TestPlace {
  readonly codexHome: string;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

export function makePlace(config = ''): TestPlace {
  const root = mkdtempSync(path.join(tmpdir(), 'codex-walk-'));
  const [home, workspace] = [path.join(root, 'home'), path.join(root, 'app')];
  const codexHome = path.join(home, '.codex');
  mkdirSync(codexHome, { recursive: true });
  mkdirSync(workspace);
  if (config !== '') writeFileSync(path.join(codexHome, 'config.toml'), config);
  const env = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
  };
  return { codexHome, workspace, env, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Starts the program and waits until keys reach its composer. */
export async function startIn(place: TestPlace, args: readonly string[] = []): Promise<Screen> {
  const screen = openScreen({ command: [PROGRAM, ...args], cwd: place.workspace, env: place.env });
  await screen.waitFor((text) => /^[$❯]/m.test(text) && /^(shell|mock-1) · /m.test(text));
  return screen;
}

export interface ParsedRecord {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The records of the newest session. */
export function newestRecords(place: TestPlace): readonly ParsedRecord[] {
  const folder = path.join(place.codexHome, 'sessions');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  const newest = files.sort().at(-1) ?? '';
  const lines = readFileSync(path.join(folder, newest), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): ParsedRecord => JSON.parse(line));
}

/** A configuration for the loopback model server at `url`. */
export function modelConfig(url: string, more = ''): string {
  return `model = "mock-1"\nmodel_provider = "mock"\n${more}\n[model_providers.mock]\nname = "Mock"\nbase_url = "${url}"\n`;
}
