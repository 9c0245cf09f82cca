import type { Metrics, SendOutcome } from '../../domain/metrics.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { InFlightSends } from './in-flight-sends.ts';
import type { SendObserver } from './instrumented-outbox.ts';

export interface SendMetricsDeps {
  inFlight: InFlightSends;
  metrics: Pick<Metrics, 'acknowledged' | 'sendEnded'>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Counts how sends end, and keeps track of those that wait for WhatsApp's acknowledgement. */
export function sendMetrics({ inFlight, metrics, now }: SendMetricsDeps): SendObserver {
  return {
    onBegun: (row) => inFlight.add(row, now()),
    onInFlight: (row, address) => {
      if (row === null) inFlight.remove(address);
      // Another process has begun it: all that is known is when it was last handed to a socket.
      else if (inFlight.since(row) === null) inFlight.add(row, row.timestamp);
    },
    onSettled: (row, answeredAt) => {
      const since = inFlight.since(row);
      if (since !== null) {
        inFlight.remove(row);
        if (row.error === null) metrics.acknowledged(Math.max(0, answeredAt - since));
      }
      metrics.sendEnded(sendOutcomeOf(row), row.mode);
    },
    onPutBack: (row) => inFlight.remove(row),
    onCancelled: (row) => metrics.sendEnded(sendOutcomeOf(row), row.mode),
  };
}

/** The codes of failed sends that are ours; all others are WhatsApp's. */
const outcomes: Readonly<Record<string, SendOutcome>> = {
  unknown_outcome: 'unknown',
  expired: 'expired',
  cancelled: 'cancelled',
  account_changed: 'account_changed',
  encryption_failed: 'encryption_failed',
  recipient_unknown: 'recipient_unknown',
  unsupported_content: 'unsupported_content',
  query_refused: 'query_refused',
};

function sendOutcomeOf({ error }: OutboxRow): SendOutcome {
  if (error === null) return 'sent';
  return (Object.hasOwn(outcomes, error.code) ? outcomes[error.code] : undefined) ?? 'refused';
}
