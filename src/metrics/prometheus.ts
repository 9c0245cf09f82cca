import { collectDefaultMetrics, Registry } from 'prom-client';
import type { CompletedRequest, Metrics } from '../domain/metrics.ts';
import { watchEventLoop } from './event-loop.ts';
import { addGauges, type GaugeSources } from './gauges.ts';
import { countedSeries } from './series.ts';

/** The metrics of this process in Prometheus' format. */
export interface Prometheus extends Disposable {
  readonly metrics: Metrics;
  readonly contentType: string;
  /** Adds the gauges that are read at each scrape; to be called once. */
  watch(sources: GaugeSources): void;
  /** All metrics as text. Concurrent calls share one answer. */
  read(): Promise<string>;
}

/** Each has its own registry, so that several gateways in one process do not share their metrics. */
export function openPrometheus(): Prometheus {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'troupe_' });
  // The image already states the version.
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
    watch: (sources) => addGauges(registry, sources),
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

/** 500 stands alone: an alert must tell our own fault from a session that is not connected. */
function classOf(status: number | null): string {
  if (status === 500) return '500';
  return status === null ? 'aborted' : `${Math.floor(status / 100)}xx`;
}

/** Reasons are codes of ours; anything else would be a label without bounds. */
function wordOf(reason: string): string {
  return /^[a-z][a-z_]{0,39}$/.test(reason) ? reason : 'other';
}
