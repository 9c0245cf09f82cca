import type { Metrics, SendOutcome } from '../../domain/metrics.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { InFlightSends } from './in-flight-sends.ts';

export interface InstrumentedOutboxDeps {
  flights: InFlightSends;
  metrics: Pick<Metrics, 'acknowledged' | 'sendEnded'>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** An outbox that tells how its sends end, and which of them are on their way to WhatsApp since when. */
export function instrumentedOutbox(outbox: Outbox, { flights, metrics, now }: InstrumentedOutboxDeps): Outbox {
  return {
    ...outbox,
    begin: async (row, options) => {
      const begun = await outbox.begin(row, options);
      if (begun === 'begun') flights.began(row, now());
      return begun;
    },
    inFlight: async (address) => {
      const row = await outbox.inFlight(address);
      if (row === null) flights.ended(address);
      // An earlier life has begun it: all that is known is when it was last handed to a socket.
      else if (flights.since(row) === null) flights.began(row, row.timestamp);
      return row;
    },
    settle: async (row, message) => {
      const at = now();
      const settled = await outbox.settle(row, message);
      const since = flights.since(row);
      if (since !== null) {
        flights.ended(row);
        if (settled.error === null) metrics.acknowledged(Math.max(0, at - since));
      }
      metrics.sendEnded(sendOutcomeOf(settled), settled.mode);
      return settled;
    },
    cancel: async (row) => {
      const cancelled = await outbox.cancel(row);
      if (cancelled !== null) metrics.sendEnded(sendOutcomeOf(cancelled), cancelled.mode);
      return cancelled;
    },
  };
}

/** The codes of failed sends that are ours; every other one is WhatsApp's. */
const outcomes: Readonly<Record<string, SendOutcome>> = {
  unknown_outcome: 'unknown',
  expired: 'expired',
  cancelled: 'cancelled',
  account_changed: 'account_changed',
  encryption_failed: 'encryption_failed',
  recipient_unknown: 'recipient_unknown',
  unsupported_content: 'unsupported_content',
};

function sendOutcomeOf({ error }: OutboxRow): SendOutcome {
  if (error === null) return 'sent';
  return (Object.hasOwn(outcomes, error.code) ? outcomes[error.code] : undefined) ?? 'refused';
}
