import { isSettled } from '../../../../src/domain/outbox.ts';
import type { Key, Store } from '../../../../src/store/contract.ts';
import { sessionOwners } from '../../../../src/store/records/cluster/session-owners.ts';
import { findClaim } from '../../../../src/store/records/outbox/idempotency.ts';
import { decodeRow } from '../../../../src/store/records/outbox/outbox-rows.ts';
import { recordsBelow } from '../../../../src/store/records/record-scan.ts';
import { organization } from '../../../support/gateway/environment.ts';

const pageSize = 500;
const decoder = new TextDecoder();

/** What a store holds of sends, and where its records contradict each other. */
interface Scan {
  readonly rows: number;
  readonly queued: number;
  readonly inFlight: number;
  readonly claims: number;
  /** A sentence for each record without the one that is committed together with it. */
  readonly faults: readonly string[];
}

/** Whether nothing is left to be sent. */
export async function isDrained(store: Store): Promise<boolean> {
  const [queued, inFlight] = await Promise.all([namesBelow(store, 'queue'), namesBelow(store, 'in-flight')]);
  return queued.length + inFlight.length === 0;
}

/** Compares all records of sends with each other. Nobody may write meanwhile. */
export async function scanSends(store: Store): Promise<Scan> {
  const queued = new Set(await namesBelow(store, 'queue'));
  const inFlight = await flights(store);
  const flying = new Set(inFlight);
  const claims = await claimed(store);
  const rows = new Map<string, 'settled' | 'open'>();
  for await (const row of recordsBelow(store, [organization, 'outbox'], { decode: decodeRow })) {
    rows.set(`${row.session} ${row.id}`, isSettled(row) ? 'settled' : 'open');
  }
  const isOpen = (name: string): boolean => rows.get(name) === 'open';
  const faults = [
    ...[...queued].filter((name) => !isOpen(name)).map((name) => `queued without an open row: ${name}`),
    ...inFlight.filter((name) => !isOpen(name)).map((name) => `in flight without an open row: ${name}`),
    ...claims.filter((name) => !rows.has(name)).map((name) => `claimed without a row: ${name}`),
    ...[...rows.keys()]
      .filter((name) => isOpen(name) && queued.has(name) === flying.has(name))
      .map((name) => `an open row that is not either queued or in flight: ${name}`),
  ];
  return { rows: rows.size, queued: queued.size, inFlight: inFlight.length, claims: claims.length, faults };
}

/** The lives of the node of that name that have sends in flight. */
export async function livesInFlight(store: Store, nodeId: string): Promise<Set<string>> {
  const sessions = await namesBelow(store, 'in-flight');
  const found = await sessionOwners(store, Date.now).findMany(sessions.map((session) => ({ organization, session })));
  const lives = found.map((entry) => (entry?.owner.nodeId === nodeId ? entry.owner.incarnation : null));
  return new Set(lives.filter((life) => life !== null));
}

/** The names of what is in flight. */
async function flights(store: Store): Promise<string[]> {
  const sessions = await namesBelow(store, 'in-flight');
  const entries = await store.getMany(sessions.map((session): Key => [organization, 'in-flight', session]));
  return sessions.map((session, index) => `${session} ${decoder.decode(entries[index]?.value)}`);
}

/** The names of the sends that idempotency keys stand for. */
async function claimed(store: Store): Promise<string[]> {
  const hashes = await namesBelow(store, 'idempotency');
  const claims = await Promise.all(hashes.map((hash) => findClaim(store, organization, hash)));
  return claims.filter((claim) => claim !== null).map(({ session, outboxId }) => `${session} ${outboxId}`);
}

/** The keys of a kind, without what they begin with. */
async function namesBelow(store: Store, kind: string): Promise<string[]> {
  const names: string[] = [];
  for (let after: Key | undefined; ; ) {
    const page = await store.list([organization, kind], { limit: pageSize, ...(after !== undefined && { after }) });
    names.push(...page.map(({ key }) => key.slice(2).join(' ')));
    after = page.at(-1)?.key;
    if (page.length < pageSize) return names;
  }
}
