// Servers of a configuration text, opened for one test and closed after it.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { keyNamesOf, readConfig } from '../../../src/core/config/index.ts';
import { type McpAnswer, type McpServers, mcpServerSettings, openMcpServers } from '../../../src/core/mcp/index.ts';
import type { Environment } from '../../../src/exec/index.ts';
import { fail, type Problem } from '../../../src/problem/index.ts';

export const PROGRAM = path.join(import.meta.dirname, 'programs/server.cjs');

export interface Opened extends McpServers {
  readonly notices: Problem[];
  /** Calls with no limit but the server's. */
  ask(
    name: string,
    given?: object,
    around?: { signal?: AbortSignal; progress?: (text: string) => void },
  ): Promise<McpAnswer>;
  names(): Promise<readonly string[]>;
  /** The same when none of them is starting any more, however busy this machine is. */
  settled(): Promise<readonly string[]>;
}

export type Machine = Pick<Environment, 'name' | 'ready'>;

export interface Bench {
  readonly folder: string;
  readonly notes: string;
  open(toml: string, env?: Readonly<Record<string, string>>, machines?: readonly Machine[]): Opened;
  /** The settings of a server that runs our program. */
  program(how: string, further?: string, name?: string): string;
  noted(): readonly string[];
  end(): Promise<void>;
}

export function openBench(): Bench {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), 'codex-mcp-'));
  const notes = path.join(folder, 'notes');
  const opened: McpServers[] = [];
  return {
    folder,
    notes,
    open(toml, env = {}, machines = []) {
      const { config, problems } = readConfig(toml, 'config.toml');
      expect(problems).toEqual([]);
      const notices: Problem[] = [];
      const settings = Object.entries(config.mcp_servers).map(([name, it]) => mcpServerSettings(name, it, config));
      const servers = openMcpServers(settings, {
        cwd: folder,
        codexHome: folder,
        env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
        keyNames: keyNamesOf(config),
        machine: async (name) => {
          const machine = machines.find((it) => it.name === name);
          return machine?.ready() ?? fail({ what: `There is no ${name}.`, why: '', next: 'Look for it.' });
        },
        version: '1.2.3',
        endTimes: { termMs: 300, killMs: 600 },
        notice: (problem) => void notices.push(problem),
      });
      opened.push(servers);
      const names = async () => (await servers.tools(new AbortController().signal)).map((it) => it.name);
      return {
        ...servers,
        notices,
        ask: (name, given = {}, around = {}) =>
          servers.call({
            name,
            arguments: JSON.stringify(given),
            signal: around.signal ?? new AbortController().signal,
            progress: around.progress ?? (() => {}),
          }),
        names,
        async settled() {
          await until(() => servers.status().every(({ state }) => state !== 'starting'));
          return names();
        },
      };
    },
    program: (how, further = '', name = 's') =>
      [
        `[mcp_servers.${name}]`,
        `command = ${JSON.stringify(process.execPath)}`,
        `args = ${JSON.stringify([PROGRAM, how])}`,
        `env = { NOTES = ${JSON.stringify(notes)}, GROWN = ${JSON.stringify(path.join(folder, 'grown'))} }`,
        further,
        '',
      ].join('\n'),
    noted: () => (fs.existsSync(notes) ? fs.readFileSync(notes, 'utf8').split('\n').slice(0, -1) : []),
    async end() {
      await Promise.all(opened.map((it) => it.close()));
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Looks every few milliseconds; the test's own limit ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
