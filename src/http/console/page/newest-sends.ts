import type { Api } from './api.ts';
import type { Outcome } from './failure.ts';
import { OutboxEntry, pageOf, pathOf } from './resources.ts';

/** Sends per page. */
export const pageSize = 20;

const minuteMs = 60_000;

/** How far to look back, one after the other until there are enough sends; null for everything, some eight days. */
const spansMs = [10 * minuteMs, 2 * 60 * minuteMs, 24 * 60 * minuteMs, null];

/** The size of a batch, and the most batches loaded per span. */
const [batchSize, maxBatches] = [200, 50];

const Page = pageOf(OutboxEntry);

interface Found {
  /** Newest first. */
  entries: OutboxEntry[];
  hasEarlier: boolean;
}

/**
 * The newest sends of a session, or the newest before a given one. The gateway lists sends from a point in time, oldest
 * first: so this loads a short span, and a longer one when there are too few.
 */
export async function newestSends(api: Api, session: string, before: OutboxEntry | null): Promise<Outcome<Found>> {
  const from = before?.acceptedAt ?? api.now();
  for (const spanMs of spansMs) {
    const since = spanMs === null ? 0 : Math.max(0, Math.floor(from - spanMs));
    const found = await sendsSince(api, session, since, before);
    if (!found.ok) return found;
    // One more than a page means that there are earlier ones.
    if (found.value.length <= pageSize && spanMs !== null) continue;
    const newest = found.value.slice(-pageSize).toReversed();
    return { ok: true, value: { entries: newest, hasEarlier: found.value.length > pageSize } };
  }
  return { ok: true, value: { entries: [], hasEarlier: false } };
}

/** Oldest first. */
async function sendsSince(
  api: Api,
  session: string,
  since: number,
  before: OutboxEntry | null,
): Promise<Outcome<OutboxEntry[]>> {
  const found: OutboxEntry[] = [];
  let cursor = '';
  for (let batches = 0; batches < maxBatches; batches += 1) {
    const path = pathOf(session, `/outbox?limit=${batchSize}&since=${since}${cursor}`);
    const answer = await api.call('GET', path, Page);
    if (!answer.ok) return answer;
    const { data, nextCursor } = answer.value;
    const wanted = data.filter(({ outboxId }) => before === null || outboxId < before.outboxId);
    found.push(...wanted);
    if (nextCursor === null || wanted.length < data.length) break;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  return { ok: true, value: found };
}
