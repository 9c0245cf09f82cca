import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { errorCodes } from '../domain/errors.ts';
import { reconnectReasons, sendOutcomes, storeOperations, streamKinds } from '../domain/metrics.ts';

/** From a local simulator's milliseconds to the patience of a send that is sent again. */
const ackBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

/** From a read that the page cache answers to a disk or a network that has stalled. */
const storeBuckets = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is counted as it happens. What has few labels that are known is there from the beginning, at 0. */
export function countedSeries(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name: `troupe_${name}`, help, labelNames, registers });
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
    new Histogram({ name: `troupe_${name}`, help, buckets, labelNames, registers });

  const series = {
    ack: histogram('send_ack_seconds', 'From handing a send to a socket to its acknowledgement', ackBuckets),
    sends: counter('sends_total', 'Accepted sends that have ended', ['mode', 'outcome']),
    refusals: counter('send_refusals_total', 'Requests to send that were answered with an error', ['code']),
    replays: counter('idempotent_replays_total', 'Requests answered with the result of an earlier one'),
    mismatches: counter('idempotent_mismatches_total', 'Idempotency keys that came again with another request'),
    limits: counter('rate_limit_reached_total', 'Times that a session has used up its rate limit'),
    waits: counter('rate_limit_waits_total', 'Times that a queue found its share of the rate limit used up'),
    reconnects: counter('reconnects_total', 'Lost or failed connections that are tried again', ['reason']),
    decryptFailures: counter('decrypt_failures_total', 'Messages that came in and could not be decrypted'),
    retryReceipts: counter('retry_receipts_total', 'Messages that a device could not decrypt and asked for again'),
    store: histogram('store_seconds', 'Time that the store takes, by operation', storeBuckets, ['operation']),
    storeFailures: counter('store_failures_total', 'Operations that the store has rejected', ['operation']),
    streamReaders: new Gauge({
      name: 'troupe_stream_readers',
      help: 'Open event streams',
      labelNames: ['kind'],
      registers,
    }),
    requests: counter('http_requests_total', 'HTTP requests, by route and class of status', ['route', 'status']),
    requestTimes: histogram('http_request_seconds', 'Time to answer, streams left out', requestBuckets, ['route']),
    shed: counter('http_shed_total', 'HTTP requests sent away because there was too much to do'),
  };

  for (const outcome of sendOutcomes) for (const mode of ['sync', 'async']) series.sends.inc({ mode, outcome }, 0);
  for (const code of errorCodes) series.refusals.inc({ code }, 0);
  for (const reason of reconnectReasons) series.reconnects.inc({ reason }, 0);
  for (const operation of storeOperations) {
    series.store.zero({ operation });
    series.storeFailures.inc({ operation }, 0);
  }
  for (const kind of streamKinds) series.streamReaders.set({ kind }, 0);
  return series;
}
