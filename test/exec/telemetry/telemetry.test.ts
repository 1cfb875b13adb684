import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { metrics, propagation, SpanKind, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareTrace, UNFOLLOWED } from '../../../src/exec/telemetry/bare-trace.ts';
import { findTelemetry } from '../../../src/exec/telemetry/open-telemetry.ts';
import { connect as connectClient, listen, startParams, unwrap } from '../client/listening.ts';
import { startServer } from '../environments/places.ts';
import { eventually } from '../machine.ts';
import { connect, type Served, serving } from '../server/serving.ts';

const CALLER = '00-567ef932a038757b6a9bce598b54dbf1-b09d667c688ee4fd-01';
const TRUE = { ...startParams('p', ['/bin/sh', '-c', 'exit 3']), cwd: 'file:///' };

describe('where nobody collects', () => {
  it('the API is not asked, and a call says which trace it belongs to', async () => {
    const { client, server } = await findTelemetry(undefined);
    expect(server).toBe(UNFOLLOWED);
    const [first, second] = [client.call('fs/open'), client.call('fs/open')].map((it) => it.carrier?.traceparent ?? '');
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(second).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(second?.slice(0, 35)).toBe(first?.slice(0, 35));
    expect(second).not.toBe(first);
  });

  it('it is that of whoever started this program, and their choice whether it is followed', () => {
    const of = (inherited: string) => bareTrace(inherited).call('fs/open').carrier?.traceparent ?? '';
    expect(of(CALLER)).toMatch(/^00-567ef932a038757b6a9bce598b54dbf1-(?!b09d667c688ee4fd)[0-9a-f]{16}-01$/);
    expect(of(CALLER.replace(/01$/, '00'))).toMatch(/^00-567ef932a038757b6a9bce598b54dbf1-[0-9a-f]{16}-00$/);
    for (const invalid of ['', 'rubbish', CALLER.toUpperCase(), `00-${'0'.repeat(32)}-b09d667c688ee4fd-00`])
      expect(of(invalid)).toMatch(/^00-(?!567ef932)(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('with an SDK in this process', () => {
  let spans: InMemorySpanExporter;
  let figures: InMemoryMetricExporter;
  let meters: MeterProvider;
  let served: Served;

  beforeEach(async () => {
    spans = new InMemorySpanExporter();
    figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: figures })] });
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
    metrics.setGlobalMeterProvider(meters);
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    served = await serving({ telemetry: (await findTelemetry(undefined)).server });
  });
  afterEach(async () => {
    await served.close();
    await meters.shutdown();
    for (const api of [trace, metrics, propagation]) api.disable();
  });

  /** The latest value of each figure, by name and labels. */
  async function measured(): Promise<Map<string, unknown>> {
    figures.reset();
    await meters.forceFlush();
    const all = figures.getMetrics().flatMap((it) => it.scopeMetrics.flatMap((scope) => scope.metrics));
    return new Map(
      all.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }): [string, unknown] => [
          [descriptor.name, ...Object.values(attributes)].join(' '),
          typeof value === 'number' ? value : value.count,
        ]),
      ),
    );
  }

  const named = (name: string, kind: SpanKind): ReadableSpan[] =>
    spans.getFinishedSpans().filter((it) => it.name === name && it.kind === kind);

  it("each call is a span at both ends, the one the other's parent, and the process is below its start", async () => {
    const client = await connectClient(served.url, { telemetry: findTelemetry(undefined).then((it) => it.client) });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p', ['/bin/sh', '-c', 'exit 3']), heard.listener));
    await heard.over;
    await client.close();
    for (const method of ['initialize', 'process/start']) {
      const [sent] = named(method, SpanKind.CLIENT);
      const [taken] = named(method, SpanKind.SERVER);
      expect(taken?.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId);
      expect(taken?.spanContext().traceId).toBe(sent?.spanContext().traceId);
      expect(taken?.attributes).toEqual({
        method,
        result: 'success',
        'rpc.response_enqueue_offset_ns': expect.any(Number),
        ...(method === 'initialize' ? {} : { 'rpc.dispatch_offset_ns': expect.any(Number) }),
      });
    }
    const [process] = named('codex.exec_server.process', SpanKind.INTERNAL);
    expect(process?.parentSpanContext?.spanId).toBe(named('process/start', SpanKind.SERVER)[0]?.spanContext().spanId);
    expect(process?.attributes).toEqual({ result: 'error' });
  });

  it('a caller that is no trace is passed over, and a method that nobody knows has no name of its own', async () => {
    const peer = await served.peer();
    peer.send(JSON.stringify({ id: 1, method: 'environment/status', trace: { traceparent: 'rubbish' } }));
    peer.send(JSON.stringify({ id: 2, method: 'secret/thing', trace: { traceparent: CALLER, tracestate: 'a=b' } }));
    await peer.until(({ id }) => id === 2);
    expect(named('environment/status', SpanKind.SERVER)[0]?.parentSpanContext).toBe(undefined);
    const [unknown] = named('unknown', SpanKind.SERVER);
    expect(unknown?.spanContext().traceId).toBe('567ef932a038757b6a9bce598b54dbf1');
    expect(unknown?.spanContext().traceState?.serialize()).toBe('a=b');
    expect(unknown?.attributes.result).toBe('error');
    expect(JSON.stringify(spans.getFinishedSpans().map(({ name, attributes }) => [name, attributes]))).not.toMatch(
      'secret',
    );
  });

  it('what is counted says how everything ended, and what is still there', async () => {
    const peer = await served.peer();
    await peer.start('ends', ['/bin/true']);
    await peer.events('ends');
    await peer.start('killed', ['/bin/sleep', '100']);
    await peer.ask('process/terminate', { processId: 'killed' });
    await peer.events('killed');
    await peer.start('stays', ['/bin/sleep', '100']);
    const waits = { processId: 'stays', afterSeq: 0, waitMs: 60_000 };
    peer.send(JSON.stringify({ id: 'read', method: 'process/read', params: waits }));
    await peer.ask('environment/status');
    const before = await measured();
    expect(before.get('exec_server_connections_active websocket')).toBe(1);
    expect(before.get('exec_server_processes_active')).toBe(1);
    expect(before.get('exec_server_requests_total process/start success')).toBe(3);
    peer.drop();
    await eventually(
      () => named('process/read', SpanKind.SERVER).some(({ attributes }) => attributes.result === 'disconnected'),
      'the read that waited is over',
    );
    await served.close();
    await eventually(() => named('codex.exec_server.process', SpanKind.INTERNAL).length === 3, 'all have ended');
    const after = await measured();
    expect(after.get('exec_server_connections_active websocket')).toBe(0);
    expect(after.get('exec_server_connections_total websocket')).toBe(1);
    expect(after.get('exec_server_requests_total process/read disconnected')).toBe(1);
    expect(after.get('exec_server_processes_active')).toBe(0);
    for (const result of ['success', 'terminated', 'unknown'])
      expect(after.get(`exec_server_processes_finished_total ${result}`)).toBe(1);
    expect(after.get('exec_server_request_queue_duration_seconds process/start')).toBe(3);
  });
});

it('the program that is shipped tells the SDK that is loaded before it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exec-telemetry-'));
  const file = join(folder, 'spans');
  const collector = fileURLToPath(new URL('collector.mjs', import.meta.url));
  const env = { PATH: process.env.PATH ?? '', HOME: folder, SPANS: file, NODE_OPTIONS: `--import ${collector}` };
  const server = await startServer('ws://127.0.0.1:0', folder, env);
  try {
    const peer = await connect(server.url);
    await peer.shakeHands();
    const params = { ...TRUE, env: {}, tty: false, arg0: null };
    peer.send(JSON.stringify({ id: 7, method: 'process/start', params, trace: { traceparent: CALLER } }));
    await peer.events('p');
    const seen = () =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await eventually(() => seen().some(({ name }) => name === 'codex.exec_server.process'), 'the process is told');
    const start = seen().find(({ name }) => name === 'process/start');
    expect(start.traceId).toBe('567ef932a038757b6a9bce598b54dbf1');
    expect(start.parent.spanId).toBe('b09d667c688ee4fd');
    peer.drop();
  } finally {
    await server.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
