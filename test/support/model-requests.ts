// What tests of model providers have in common: a choice, a request, and what came of it.

import type { ModelEvent, ModelRequest, ResponseItem } from '../../src/core/agent/index.ts';
import { createModelProvider, userMessage } from '../../src/core/agent/index.ts';
import type { ModelChoice } from '../../src/core/config/index.ts';
import { type ModelServer, type Script, startModelServer } from './model-server.ts';

export const KEY = 'test-key-that-must-not-show';

export function choiceAt(url: string, more: Partial<ModelChoice> = {}): ModelChoice {
  return {
    kind: 'model',
    wire: 'responses',
    id: 'scripted',
    name: 'Scripted',
    model: 'test-model',
    baseUrl: url,
    key: { kind: 'variable', name: 'SCRIPTED_KEY' },
    headers: {},
    query: {},
    requestRetries: 2,
    streamRetries: 2,
    idleTimeoutMs: 60_000,
    contextWindow: 8000,
    options: { effort: null, summary: 'auto', verbosity: null, maxOutputTokens: null, webSearch: 'cached' },
    searches: false,
    ...more,
  };
}

/** Waits for nothing between its tries. */
export function providerAt(url: string, more: Partial<ModelChoice> = {}, env: Record<string, string> = {}) {
  return createModelProvider(choiceAt(url, more), { env: { SCRIPTED_KEY: KEY, ...env }, chance: () => -0.5 });
}

export const someRequest: ModelRequest = {
  instructions: 'Be brief.',
  environments: [],
  input: [userMessage('hello')],
  tools: [
    { type: 'function', name: 'exec_command', description: 'runs', strict: false, parameters: { type: 'object' } },
  ],
};

export async function collect(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function typesOf(events: readonly ModelEvent[]): string[] {
  return events.map((event) => event.type);
}

export function itemsOf(events: readonly ModelEvent[]): ResponseItem[] {
  return events.flatMap((event) => (event.type === 'item' ? [event.item] : []));
}

export function textsOf(events: readonly ModelEvent[], type: 'text' | 'reasoning'): string {
  return events.flatMap((event) => (event.type === type ? [event.text] : [])).join('');
}

export function failureIn(events: readonly ModelEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'failed') throw new Error(`expected a failure, got ${JSON.stringify(last)}`);
  return last;
}

/** Servers that end with the test: call `close` behind each. */
export function openServers() {
  const servers: ModelServer[] = [];
  return {
    async serve(script: Script, options?: Parameters<typeof startModelServer>[1]): Promise<ModelServer> {
      const server = await startModelServer(script, options);
      servers.push(server);
      return server;
    },
    async close(): Promise<void> {
      for (const server of servers.splice(0)) await server.close();
    },
  };
}
