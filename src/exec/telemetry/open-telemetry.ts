// How are spans and figures told to the OpenTelemetry SDK that somebody loaded into this process (`node --import`)?

import type { TraceCarrier } from '../protocol/envelope.ts';
import { bareTrace, UNFOLLOWED } from './bare-trace.ts';
import type { CallOutcome, ClientTelemetry, IncomingCall, ServerTelemetry, Telemetry } from './telemetry.ts';

type Api = typeof import('@opentelemetry/api');

/** Where the API's copies meet: whoever set an SDK up has left it there. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/** Without an SDK not even the API is loaded. `traceparent`: see `bareTrace`. */
export async function findTelemetry(traceparent: string | undefined): Promise<Telemetry> {
  if (Reflect.get(globalThis, REGISTERED) === undefined) return { client: bareTrace(traceparent), server: UNFOLLOWED };
  const api = await import('@opentelemetry/api');
  return { client: clientTelemetry(api), server: serverTelemetry(api) };
}

const SCOPE = 'codex-exec-server';

export function clientTelemetry({ trace, context, metrics, propagation, SpanKind }: Api): ClientTelemetry {
  const tracer = trace.getTracer(SCOPE);
  const requests = metrics.getMeter(SCOPE).createCounter('exec_server_client_requests_total');
  return {
    call(method) {
      requests.add(1, { method });
      const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes: { method } });
      const carrier: { traceparent?: string; tracestate?: string } = {};
      propagation.inject(trace.setSpan(context.active(), span), carrier);
      const { traceparent, tracestate = null } = carrier;
      return {
        carrier: traceparent === undefined ? null : { traceparent, tracestate },
        end(outcome) {
          span.setAttribute('result', outcome);
          span.end();
        },
      };
    },
  };
}

export function serverTelemetry({ trace, metrics, propagation, ROOT_CONTEXT, SpanKind }: Api): ServerTelemetry {
  const tracer = trace.getTracer(SCOPE);
  const meter = metrics.getMeter(SCOPE);
  const seconds = (name: string) => meter.createHistogram(name, { unit: 's' });
  const connections = meter.createGauge('exec_server_connections_active');
  const connectionsTotal = meter.createCounter('exec_server_connections_total');
  const requests = meter.createCounter('exec_server_requests_total');
  const duration = seconds('exec_server_request_duration_seconds');
  const queued = seconds('exec_server_request_queue_duration_seconds');
  const total = seconds('exec_server_request_total_duration_seconds');
  const processes = meter.createGauge('exec_server_processes_active');
  const finished = meter.createCounter('exec_server_processes_finished_total');
  const lifetime = seconds('exec_server_process_duration_seconds');
  const activeConnections = { websocket: 0, stdio: 0 };
  let activeProcesses = 0;

  const openCall = (method: string, carrier: TraceCarrier | null, ended: (call: object) => void) => {
    const caller = propagation.extract(ROOT_CONTEXT, membersOf(carrier));
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes: { method } }, caller);
    const received = performance.now();
    let begun = received;
    let hasEnded = false;
    const call: IncomingCall & { end(result: CallOutcome): void } = {
      begun() {
        begun = performance.now();
        span.setAttribute('rpc.dispatch_offset_ns', nanoseconds(begun - received));
        queued.record((begun - received) / 1000, { method });
      },
      process() {
        const own = tracer.startSpan('codex.exec_server.process', {}, trace.setSpan(caller, span));
        const started = performance.now();
        processes.record(++activeProcesses);
        return (result) => {
          processes.record(--activeProcesses);
          finished.add(1, { result });
          lifetime.record((performance.now() - started) / 1000, { result });
          own.setAttribute('result', result);
          own.end();
        };
      },
      end(result) {
        // The answer to a call whose connection is gone.
        if (hasEnded) return;
        hasEnded = true;
        ended(call);
        const now = performance.now();
        requests.add(1, { method, result });
        duration.record((now - begun) / 1000, { method, result });
        total.record((now - received) / 1000, { method, result });
        span.setAttributes({ result, 'rpc.response_enqueue_offset_ns': nanoseconds(now - received) });
        span.end();
      },
    };
    return call;
  };

  return {
    connection(transport) {
      const open = new Set<{ end(result: CallOutcome): void }>();
      connectionsTotal.add(1, { transport });
      connections.record(++activeConnections[transport], { transport });
      return {
        call(method, carrier) {
          const call = openCall(method ?? 'unknown', carrier, (it) => open.delete(it as typeof call));
          open.add(call);
          return call;
        },
        gone() {
          connections.record(--activeConnections[transport], { transport });
          for (const call of open) call.end('disconnected');
        },
      };
    },
  };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}

/** An invalid one is passed over by the propagator. */
function membersOf(carrier: TraceCarrier | null): Record<string, string> {
  const { traceparent = null, tracestate = null } = carrier ?? {};
  return { ...(traceparent === null ? {} : { traceparent }), ...(tracestate === null ? {} : { tracestate }) };
}
