// What happens in a session, in the words that clients of codex-cli's server know: `codex/event` notifications.

import { apply, type BusEvent, type EventOf, emptyTranscript, type Transcript } from '../../../core/bus/index.ts';
import { problemText } from '../../../problem/index.ts';

/** The payload of one notification. */
export type PublishedEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface PublishedEvents {
  /** What is told because of this event; null where the published vocabulary has no word for it. */
  take(event: BusEvent): PublishedEvent | null;
  /** The last words of the model in this turn, null when it said none. */
  readonly answer: string | null;
}

/** `record`: the file of the session; null when there is none. */
export function openPublishedEvents(record: string | null): PublishedEvents {
  const transcript = emptyTranscript();
  let answer: string | null = null;
  let startedAt = 0;

  function published(event: BusEvent): PublishedEvent | null {
    switch (event.type) {
      case 'session.opened':
        return {
          type: 'session_configured',
          session_id: event.session,
          thread_id: event.session,
          model: event.model ?? '',
          model_provider_id: event.provider,
          cwd: event.cwd,
          ...(record === null ? {} : { rollout_path: record }),
        };
      case 'turn.started':
        answer = null;
        startedAt = event.at;
        return { type: 'task_started', turn_id: event.turn, started_at: seconds(event.at) };
      case 'turn.ended':
        return turnEnd(event);
      case 'message.added':
        return { type: 'user_message', message: event.text, images: [] };
      case 'answer.delta': {
        const { session, turn, item, text } = event;
        return { type: 'agent_message_content_delta', thread_id: session, turn_id: turn, item_id: item, delta: text };
      }
      case 'answer.completed':
        if (event.text === '') return null;
        answer = event.text;
        return { type: 'agent_message', message: event.text };
      case 'usage.updated':
        return {
          type: 'token_count',
          info: { last_token_usage: { total_tokens: event.used }, model_context_window: event.window },
        };
      case 'process.started':
        return {
          type: 'exec_command_begin',
          ...aboutProcess(transcript, event.process),
          turn_id: event.turn,
          started_at_ms: event.at,
          command: event.argv,
          cwd: event.cwd,
          parsed_cmd: [{ type: 'unknown', cmd: event.command }],
          source: event.origin === 'model' ? 'agent' : 'user_shell',
        };
      case 'process.output':
        return {
          type: 'exec_command_output_delta',
          ...aboutProcess(transcript, event.process),
          stream: event.stream === 'stderr' ? 'stderr' : 'stdout',
          chunk: Buffer.from(event.bytes.buffer, event.bytes.byteOffset, event.bytes.byteLength).toString('base64'),
        };
      case 'process.finished':
        return commandEnd(transcript, event);
      case 'question.opened':
        return {
          type: 'exec_approval_request',
          ...aboutProcess(transcript, event.process),
          command: [event.command],
          cwd: event.cwd,
          reason: event.subject.kind === 'escalation' ? event.subject.justification : null,
        };
      case 'notice':
        return { type: 'warning', message: problemText(event.problem) };
      default:
        return null;
    }
  }

  function turnEnd(event: Extract<BusEvent, { type: 'turn.ended' }>): PublishedEvent {
    const { turn, outcome, problem, durationMs } = event;
    if (outcome === 'completed')
      return {
        type: 'task_complete',
        turn_id: turn,
        last_agent_message: answer,
        started_at: seconds(startedAt),
        completed_at: seconds(event.at),
        duration_ms: durationMs,
      };
    if (outcome === 'interrupted') return { type: 'turn_aborted', turn_id: turn, reason: 'interrupted' };
    return { type: 'error', message: problem === null ? 'The turn failed.' : problemText(problem) };
  }

  return {
    get answer() {
      return answer;
    },
    take(event) {
      apply(transcript, event);
      return published(event);
    },
  };
}

function seconds(at: number): number {
  return Math.floor(at / 1000);
}

function aboutProcess({ processes }: Transcript, process: number) {
  return { call_id: processes.get(process)?.call ?? '', process_id: String(process) };
}

/** The output is what a screen would keep of it: its beginning and its end. */
function commandEnd(transcript: Transcript, event: EventOf<'process.finished'>): PublishedEvent {
  const item = transcript.processes.get(event.process);
  const last = item?.attempts.at(-1);
  const output = last === undefined ? '' : textOf(last.excerpt.value());
  const ms = last?.end?.durationMs ?? 0;
  return {
    type: 'exec_command_end',
    ...aboutProcess(transcript, event.process),
    turn_id: item?.turn ?? '',
    command: [item?.command ?? ''],
    cwd: item?.cwd ?? '',
    stdout: output,
    stderr: '',
    aggregated_output: output,
    formatted_output: output,
    exit_code: last?.end?.exit.code ?? -1,
    duration: { secs: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 },
    status: event.outcome === 'ok' ? 'completed' : event.outcome === 'refused' ? 'declined' : 'failed',
  };
}

function textOf({ head, tail, tailFrom }: { head: Uint8Array; tail: Uint8Array; tailFrom: number }): string {
  const left = tailFrom - head.length;
  const middle = left === 0 ? [] : [Buffer.from(`\n… ${left} bytes left out …\n`)];
  return Buffer.concat([head, ...middle, tail]).toString('utf8');
}
