// Loaded before a program (`node --import`), as somebody would who wants to follow it: an SDK that writes each span into
// the file SPANS, a line each.

import { appendFileSync } from 'node:fs';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const file = process.env.SPANS;
const exporter = {
  export(spans, done) {
    for (const span of spans) {
      const { name, parentSpanContext, attributes } = span;
      appendFileSync(
        file,
        `${JSON.stringify({ name, parent: parentSpanContext, ...span.spanContext(), attributes })}\n`,
      );
    }
    done({ code: 0 });
  },
  shutdown: async () => {},
};
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
