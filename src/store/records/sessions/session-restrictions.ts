import { afterReport, isNews, type ReportedRestriction } from '../../../domain/restriction.ts';
import type { SessionAddress, SessionRecord } from '../../../domain/session.ts';
import { updateEntry } from '../../compare-and-set.ts';
import type { Key, Store } from '../../contract.ts';
import type { Codec } from '../codec.ts';
import { eventAppend } from '../event-log.ts';

/** The entry of a session's record. */
interface RecordEntry {
  key: Key;
  codec: Codec<SessionRecord>;
}

/** Stores what WhatsApp says of a restriction, with an event when that is news. */
export async function storeRestriction(
  store: Store,
  address: SessionAddress,
  reported: ReportedRestriction,
  { key, codec, now }: RecordEntry & { now: number },
): Promise<void> {
  const { kind, isActive, until } = reported;
  const event = {
    event: 'session.restriction',
    session: address.session,
    timestamp: now,
    payload: { kind, isActive, until },
  } as const;
  await updateEntry(
    store,
    key,
    ({ value }) => {
      const record = codec.decode(value);
      const news = isNews(record.restrictions, reported);
      // One without a known end is believed for a time after it was reported.
      if (!news && !(isActive && until === null)) return null;
      const restricted = { ...record, restrictions: afterReport(record.restrictions, reported, now) };
      return {
        result: restricted,
        commit: {
          sets: [{ key, value: codec.encode(restricted) }],
          appends: news ? [eventAppend(address.organization, event)] : [],
        },
      };
    },
    { exhausted: () => new Error('a session record changed too often to be updated') },
  );
}
