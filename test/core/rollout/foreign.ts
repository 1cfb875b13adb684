// Records as codex-cli writes them, reduced to the fields that matter.

const THREAD = '01a1fd6b-5f34-78e1-92ab-7e513b4e8146';

function line(ordinal: number | null, type: string, payload: object): string {
  const at = new Date(Date.UTC(2026, 10, 21, 9, 23, 54) + (ordinal ?? 0) * 100).toISOString();
  return JSON.stringify({ timestamp: at, ...(ordinal === null ? {} : { ordinal }), type, payload });
}

const meta = {
  id: THREAD,
  session_id: THREAD,
  timestamp: '2026-11-21T09:23:54.808Z',
  cwd: '/home/u/proj',
  originator: 'codex-tui',
  cli_version: '0.169.0',
  source: 'cli',
  model_provider: 'openai',
};
const context = {
  turn_id: 't1',
  cwd: '/home/u/proj',
  approval_policy: 'on-request',
  sandbox_policy: { type: 'workspace-write', network_access: false },
  model: 'gpt-5.2-codex',
  summary: 'none',
};
const call = { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"exit 3"}', call_id: 'call_1' };
const answer = 'Chunk ID: a60ed8\nWall time: 0.0 seconds\nProcess exited with code 3\nOutput:\nrc\n';
const output = { type: 'function_call_output', call_id: 'call_1', output: answer };
const command = {
  type: 'CommandExecution',
  id: 'call_1',
  process_id: '25004',
  command: ['/bin/bash', '-lc', 'exit 3'],
  cwd: 'file:///home/u/a%20b',
  status: 'failed',
  aggregated_output: 'rc\n',
  exit_code: 3,
  duration: { secs: 1, nanos: 500_000_000 },
};
const item = (body: object): object => ({ type: 'item_completed', thread_id: THREAD, turn_id: 't1', item: body });
const message = (role: string, text: string): object => ({
  type: 'message',
  role,
  content: [{ type: 'input_text', text }],
});

export const paginated: readonly string[] = [
  line(0, 'session_meta', { ...meta, base_instructions: { text: 'x'.repeat(21_000) }, history_mode: 'paginated' }),
  line(1, 'event_msg', { type: 'task_started', turn_id: 't1', started_at: 1_795_253_034 }),
  line(2, 'turn_context', context),
  line(3, 'response_item', message('developer', 'rules')),
  line(4, 'response_item', message('user', 'try it')),
  line(5, 'event_msg', item({ type: 'UserMessage', id: 'u1', content: [{ type: 'text', text: 'try it' }] })),
  line(6, 'response_item', call),
  line(7, 'event_msg', item(command)),
  line(8, 'response_item', output),
  line(9, 'response_item', { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Done.' }] }),
  line(10, 'event_msg', item({ type: 'AgentMessage', id: 'a1', content: [{ type: 'Text', text: 'Done.' }] })),
  line(11, 'event_msg', { type: 'task_complete', turn_id: 't1', last_agent_message: 'Done.', duration_ms: 900 }),
];

export const legacy: readonly string[] = [
  line(null, 'session_meta', meta),
  line(null, 'turn_context', context),
  line(null, 'response_item', message('user', '<environment_context>…')),
  line(null, 'response_item', message('user', 'try it')),
  line(null, 'event_msg', { type: 'user_message', message: 'try it', images: [] }),
  line(null, 'response_item', call),
  line(null, 'response_item', output),
  line(null, 'event_msg', { type: 'agent_message', message: 'Done.' }),
];
