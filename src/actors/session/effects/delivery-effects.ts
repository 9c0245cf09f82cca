import type { LRUCache } from 'lru-cache';
import { isGroup } from '../../../domain/jid.ts';
import type { Metrics } from '../../../domain/metrics.ts';
import { type OutboxRow, takesNoToken } from '../../../domain/outbox.ts';
import {
  defaultSettings,
  type SessionAddress,
  type SessionRecord,
  type SessionSettings,
} from '../../../domain/session.ts';
import type { Contacts } from '../../../store/records/contacts.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import type { BeginOptions } from '../../../store/records/outbox/outbox-acceptance.ts';
import type { Sessions } from '../../../store/records/sessions/sessions.ts';
import type { Beginning, Dispatch, Limit, RecoverInput, Recovery } from '../context.ts';
import { freshHead } from '../policy/queue-expiry.ts';
import { type Settlement, settledRow } from '../policy/settled-row.ts';
import { emptyForMs, type Lane, type TokenResult, takeToken } from '../policy/token-bucket.ts';
import { rateLimited } from '../refusals.ts';
import { followUp, knownChats, limitOfNewChats, limitOfSend, type NewChatDeps } from './new-chats.ts';
import { promiseActor, type ReportFailure } from './promise-actor.ts';
import { type RecoveryDeps, recover } from './recovery.ts';
import { type SentMessageDeps, sentMessage } from './sent-message.ts';

export interface DeliveryDeps extends RecoveryDeps, SentMessageDeps, NewChatDeps {
  sessions: Pick<Sessions, 'find'>;
  outbox: Pick<
    Outbox,
    'head' | 'firstTo' | 'rate' | 'begin' | 'inFlight' | 'resume' | 'settle' | 'putBack' | 'cancel' | 'findByMessage'
  >;
  contacts: Pick<Contacts, 'find' | 'complete' | 'withChat'>;
  report: ReportFailure;
  metrics: Pick<Metrics, 'queueWaited'>;
  /**
   * Since when, and for how long, a session's next token is reserved for a refused synchronous send. Losing one is
   * harmless, so only the most recently refused sessions have one.
   */
  reservations: LRUCache<string, { at: number; forMs: number }>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** The delivery effects, for the actor slots of the machine. Each rejects when the store does. */
export function deliveryEffects(deps: DeliveryDeps) {
  const { outbox, report, metrics, now } = deps;
  return {
    beginSend: promiseActor<Beginning, { current: Dispatch | null }>('beginSend', report, async ({ current }) => {
      if (current === null) throw new Error('there is no send to begin');
      return begin(deps, current.row, 'sync', current.fingerprint ?? '');
    }),
    dequeueSend: promiseActor<Beginning, SessionAddress>('dequeueSend', report, async (input) => {
      const beginning = await dequeue(deps, input);
      if (beginning.kind === 'limited') metrics.queueWaited();
      return beginning;
    }),
    recoverSend: promiseActor<Recovery, RecoverInput>('recoverSend', report, (input) => recover(deps, input)),
    completeSend: promiseActor<OutboxRow, { row: OutboxRow | undefined; settlement: Settlement | null }>(
      'completeSend',
      report,
      async ({ row, settlement }) => {
        if (row === undefined || settlement === null) throw new Error('there is no result to record');
        if (row.mode === 'async' && !settlement.ok && settlement.code === 'query_refused') return outbox.putBack(row);
        const settled = await withKnownContact(deps, settledRow(row, settlement, now()));
        const conclude = await followUp(deps, settled, settlement);
        const stored = await outbox.settle(settled, settlement.ok ? await sentMessage(deps, settled) : null);
        conclude();
        return stored;
      },
    ),
  };
}

/** `Retry-After` counts whole seconds, and the caller needs a moment too. */
const graceMs = 2_000;

async function begin(
  deps: DeliveryDeps,
  accepted: OutboxRow,
  lane: Lane,
  fingerprint: string | null,
): Promise<Beginning> {
  const row = await withTimer(deps, accepted);
  const { outbox, reservations, now } = deps;
  const record = await recordOf(deps, row);
  const restricted = lane === 'sync' ? await limitOfSend(deps, row, record) : null;
  if (restricted !== null) return { kind: 'restricted', limit: restricted };
  const { settings } = record;
  const reservedUntil = reservedUntilOf(reservations.get(row.session), now());
  const taken = takesNoToken(row.content)
    ? null
    : takeToken(await outbox.rate(row), settings, lane, now(), reservedUntil);
  if (taken?.ok === false) {
    if (lane === 'sync') reservations.set(row.session, { at: now(), forMs: taken.waitMs + graceMs });
    return { kind: 'limited', limit: limitOf(taken, now()) };
  }
  if (lane === 'sync') reservations.delete(row.session);
  const options: BeginOptions = { rate: taken?.state ?? null, fingerprint };
  const begun = await outbox.begin(row, options).catch((error: unknown) => orBegun(deps, row, error));
  if (begun === 'claimed' || begun === 'unknown') return { kind: begun };
  if (begun === 'gone') return { kind: 'none' };
  return {
    kind: 'begun',
    row,
    typing: settings.presenceTyping,
    limit: taken === null ? null : nextLimit(taken, settings, now()),
  };
}

/** It disappears like the other messages of its chat, also when it is sent again after that has changed. */
async function withTimer({ contacts, messages }: DeliveryDeps, row: OutboxRow): Promise<OutboxRow> {
  if (isGroup(row.to)) return row;
  const { jid = null, lid = null } = (await contacts.find(row, row.to)) ?? {};
  // A message may have told it of an address that the caller does not use.
  const addresses = [...new Set([row.to, jid, lid])].filter((address) => address !== null);
  const timers = await Promise.all(addresses.map((address) => messages.timerOf(row, address)));
  const timer = timers.find((found) => found !== null);
  return timer === undefined ? row : { ...row, timer };
}

/** A reservation from the future comes from a clock that was set back since: it must not delay the queue. */
function reservedUntilOf(reservation: { at: number; forMs: number } | undefined, now: number): number {
  return reservation === undefined || reservation.at > now ? 0 : reservation.at + reservation.forMs;
}

/** A commit that rejected may have been applied: before the send counts as not begun, the store is asked. */
async function orBegun({ outbox }: DeliveryDeps, row: OutboxRow, error: unknown): Promise<'begun' | 'unknown'> {
  const inFlight = await outbox.inFlight(row).catch(() => 'unknown' as const);
  if (inFlight === 'unknown') return 'unknown';
  if (inFlight?.id === row.id) return 'begun';
  throw error;
}

async function dequeue(deps: DeliveryDeps, address: SessionAddress): Promise<Beginning> {
  const { outbox, now } = deps;
  const record = await recordOf(deps, address);
  const account = record.account?.jid ?? null;
  for (;;) {
    const head = await freshHead(outbox, address, now());
    if (head === null) return { kind: 'none' };
    const limit = limitOfNewChats(deps, address.session, record);
    const row =
      limit === null
        ? head
        : await outbox.firstTo(address, (chats) => knownChats(deps, address, record.account, chats));
    if (row === null) return limit === null ? { kind: 'none' } : { kind: 'restricted', limit };
    if (row.account !== account) {
      await outbox.cancel(settledRow(row, { ok: false, code: 'account_changed' }, now()));
      continue;
    }
    const sending: OutboxRow = { ...row, status: 'sending', timestamp: now(), attempts: 1 };
    const begun = await begin(deps, sending, 'async', null);
    // It was cancelled meanwhile: continue with the next one.
    if (begun.kind !== 'none') return begun;
  }
}

async function recordOf(
  { sessions }: DeliveryDeps,
  address: SessionAddress,
): Promise<Pick<SessionRecord, 'settings' | 'account' | 'restrictions'>> {
  return (await sessions.find(address)) ?? { settings: defaultSettings, account: null };
}

function limitOf({ waitMs, window, quota }: Extract<TokenResult, { ok: false }>, now: number): Limit {
  return { forMs: waitMs, until: now + waitMs, refusal: rateLimited(window, quota) };
}

/** The limit that applies when this send took the last token; null while there are more. */
function nextLimit(taken: TokenResult, settings: SessionSettings, now: number): Limit | null {
  if (emptyForMs(taken.state, settings) === 0) return null;
  const next = takeToken(taken.state, settings, 'sync', now);
  return next.ok ? null : limitOf(next, now);
}

/** Adds what is known of the person whom the send went to. */
async function withKnownContact({ contacts }: DeliveryDeps, row: OutboxRow): Promise<OutboxRow> {
  const { contact, to } = row;
  return contact === undefined || isGroup(to) ? row : { ...row, contact: await contacts.complete(row, contact) };
}
