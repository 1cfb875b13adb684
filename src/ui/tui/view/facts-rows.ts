// What a person asks of a session as a whole: how it stands, the plan of the model, the servers of its tools.

import type { McpServerLine, Transcript } from '../../../core/bus/index.ts';
import { visible } from '../terminal/width.ts';
import { planRows } from './item-rows.ts';
import { type Look, paint } from './look.ts';
import { counted, countText } from './numbers.ts';
import { ownRows } from './own-rows.ts';
import { withTilde } from './paths.ts';
import { problemRows } from './problem-rows.ts';
import { networkWords } from './words.ts';

export type Facts =
  | { readonly about: 'session' }
  | { readonly about: 'plan' }
  /** Null: not answered yet. */
  | { readonly about: 'servers'; readonly servers: readonly McpServerLine[] | null };

export interface FactsView {
  readonly cols: number;
  readonly look: Look;
  /** Null: nothing is recorded. */
  readonly recordPath: string | null;
}

/** Each row at most `cols - 1` wide. */
export function factsRows(facts: Facts, transcript: Transcript, view: FactsView): string[] {
  return ownRows(rowsOf(facts, transcript, view), view.cols);
}

function rowsOf(facts: Facts, transcript: Transcript, view: FactsView): string[] {
  switch (facts.about) {
    case 'session':
      return sessionRows(transcript, view);
    case 'plan':
      return transcript.plan === null ? ['The model made no plan.'] : planRows(transcript.plan, view.look);
    case 'servers':
      return serverRows(facts.servers, view.look);
  }
}

const NAME_COLUMNS = 10;

function sessionRows({ session, environment, usage, grants, live, turn }: Transcript, view: FactsView): string[] {
  if (session === null) return [];
  const { look, recordPath } = view;
  const machine = environment === null ? '' : ` on ${visible(environment.name)}`;
  const inForce = grants.filter(({ state }) => state === 'in force').length;
  const behind = live.filter(({ place }) => place === 'background').length;
  const facts: readonly (readonly [name: string, text: string])[] = [
    ['model', session.model === null ? 'none: what you type is run' : `${session.model} of ${session.provider}`],
    ...(usage === null ? [] : [['context', usageText(usage)] as const]),
    ['folder', `${withTilde(environment?.cwd ?? session.cwd, look.home)}${machine}`],
    ['profile', `${session.profile}, ${networkWords(session.network)}`],
    ['grants', inForce === 0 ? 'none' : `${inForce} in force: /permissions shows them`],
    [
      'running',
      `${counted(live.length, 'command')}, ${behind} in the background${turn === null ? '' : ', and a turn'}`,
    ],
    ['record', recordPath === null ? 'not recorded' : recordPath],
    ['version', session.version],
  ];
  return facts.map(([name, text]) => `  ${paint(look, 'dim', name.padEnd(NAME_COLUMNS))}${visible(text)}`);
}

function usageText({ used, window }: { readonly used: number; readonly window: number | null }): string {
  if (window === null) return `${countText(used)} tokens`;
  const left = Math.max(0, Math.round(100 - (100 * used) / window));
  return `${countText(used)} of ${countText(window)} tokens, ${left}% left`;
}

const STATES: Readonly<Record<McpServerLine['state'], string>> = {
  starting: 'starting',
  ready: 'ready',
  failed: 'failed',
  disabled: 'off',
  needs_login: 'wants a login',
};

function serverRows(servers: readonly McpServerLine[] | null, look: Look): string[] {
  if (servers === null) return ['  asking…'];
  if (servers.length === 0)
    return [
      'No MCP server is configured, or no model is there to use one.',
      '',
      'codex mcp add NAME -- COMMAND adds one.',
    ];
  return servers.flatMap(({ name, state, tools, problem }) => {
    const mark = state === 'failed' || state === 'needs_login' ? paint(look, 'warn', STATES[state]) : STATES[state];
    const offered = state === 'ready' ? `, ${counted(tools, 'tool')}` : '';
    return [
      `${paint(look, 'bold', visible(name))}  ${mark}${offered}`,
      ...(problem === null ? [] : problemRows(problem, look)),
    ];
  });
}
