import type { Logger } from 'pino';
import type { Store } from '../../store/contract.ts';
import { UnfencedStore } from '../../store/layers/unfenced-store.ts';
import { inboundMessages } from '../../store/records/messages/inbound-messages.ts';
import { outbox as outboxOf } from '../../store/records/outbox/outbox.ts';
import type { InboundRecords } from '../inbound/inbound-recorder.ts';
import { instrumentedOutbox } from '../outbox/instrumented-outbox.ts';
import { sendLog } from '../outbox/send-log.ts';

/** Where to record what arrived for sessions that another node owns by now. `now` is in epoch milliseconds. */
export function unfencedRecords(store: Store, logger: Logger, now: () => number): InboundRecords {
  const unfenced = new UnfencedStore(store);
  return {
    inbox: inboundMessages(unfenced, now),
    outbox: instrumentedOutbox(outboxOf(unfenced, now), [sendLog(logger)], now),
  };
}
