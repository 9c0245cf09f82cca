import { collectDefaultMetrics, Registry } from 'prom-client';
import type { CompletedRequest, Metrics } from '../domain/metrics.ts';
import { watchEventLoop } from './event-loop.ts';
import { addGauges, type Lookups } from './gauges.ts';
import { countedSeries } from './series.ts';

/** The figures of this process, as Prometheus reads them. */
export interface Prometheus extends Disposable {
  readonly metrics: Metrics;
  readonly contentType: string;
  /** Adds what is looked up when somebody reads; to be called once. */
  watch(lookups: Lookups): void;
  /** All figures as text. Who asks meanwhile gets the same answer. */
  read(): Promise<string>;
}

/** A registry of its own, so that several gateways in one process do not share their figures. */
export function openPrometheus(): Prometheus {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'troupe_' });
  // Its labels are numbers, which say nothing that the image does not.
  registry.removeSingleMetric('troupe_nodejs_version_info');
  // See `watchEventLoop`.
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('troupe_nodejs_eventloop_')) registry.removeSingleMetric(name);
  }
  const eventLoop = watchEventLoop(registry);
  let reading: Promise<string> | undefined;
  return {
    metrics: metricsOf(countedSeries(registry)),
    contentType: registry.contentType,
    watch: (lookups) => addGauges(registry, lookups),
    read: () => {
      reading ??= registry.metrics().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    [Symbol.dispose]: () => eventLoop[Symbol.dispose](),
  };
}

function metricsOf(series: ReturnType<typeof countedSeries>): Metrics {
  return {
    acknowledged: (ms) => series.ack.observe(ms / 1_000),
    sendEnded: (outcome, mode) => series.sends.inc({ outcome, mode }),
    sendRefused: (code) => series.refusals.inc({ code }),
    replayed: (kind) => series[kind === 'replay' ? 'replays' : 'mismatches'].inc(),
    rateLimitReached: () => series.limits.inc(),
    queueWaited: () => series.waits.inc(),
    reconnecting: (reason) => series.reconnects.inc({ reason: wordOf(reason) }),
    decryptFailure: () => series.decryptFailures.inc(),
    retryReceipt: () => series.retryReceipts.inc(),
    stored: (operation, ms, result) => {
      series.store.observe({ operation }, ms / 1_000);
      if (result === 'failed') series.storeFailures.inc({ operation });
    },
    streams: (kind, change) => series.streamReaders.inc({ kind }, change),
    requestCompleted: (request) => noteRequest(series, request),
    shed: () => series.shed.inc(),
  };
}

function noteRequest(series: ReturnType<typeof countedSeries>, { route, status, ms }: CompletedRequest): void {
  const labels = { route: route ?? 'none' };
  series.requests.inc({ ...labels, status: classOf(status) });
  if (ms !== null) series.requestTimes.observe(labels, ms / 1_000);
}

/** A fault of ours is no case of its class: whoever is woken wants to know it from a session that is not connected. */
function classOf(status: number | null): string {
  if (status === 500) return '500';
  return status === null ? 'aborted' : `${Math.floor(status / 100)}xx`;
}

/** Reasons are codes of ours; whatever else came here would be a label without bounds. */
function wordOf(reason: string): string {
  return /^[a-z][a-z_]{0,39}$/.test(reason) ? reason : 'other';
}
