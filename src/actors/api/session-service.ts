import { done, type Outcome, refused } from '../../domain/errors.ts';
import { newRequestId, newSessionId } from '../../domain/ids.ts';
import type { Assertion, Passkey } from '../../domain/passkey.ts';
import type { Requester } from '../../domain/principal.ts';
import { type Restriction, restrictionAt } from '../../domain/restriction.ts';
import type { SessionAddress, SessionRecord, SessionSettings } from '../../domain/session.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { SessionLocation, SessionRequest, SessionRouter } from '../runtime/session-router.ts';
import type { Answer } from '../session/commands.ts';
import { tokensOf } from '../session/policy/token-bucket.ts';
import { sessionNotFound } from '../session/refusals.ts';

/** A session as seen from outside: what is stored and what it is doing now. */
export interface SessionView extends SessionLocation {
  record: SessionRecord;
}

/** The load of a session: queued sends, the tokens left now (with a fraction), and what WhatsApp restricts now. */
export interface SessionLoad {
  queued: number;
  tokens: number;
  restriction: Restriction | null;
}

interface CreateSession {
  organization: string;
  createdBy: string;
  settings: SessionSettings;
  /** Begin linking at once. */
  start: boolean;
}

/** A code for linking a phone; `expiresAt` in epoch milliseconds. */
export interface LinkCode {
  code: string;
  expiresAt: number;
}

/**
 * The sessions as callers see them. Every call is scoped by organization and answers
 * within the send timeout and a few seconds. Expected failures are outcomes; a rejection is a fault of ours.
 * A missing session is refused with `not_found`.
 */
export interface SessionService {
  /** `conflict` when the organization has reached its limit of sessions. */
  create(input: CreateSession): Promise<Outcome<SessionView>>;
  /** The organization's sessions in the order of creation, at most `limit` after the session id `after`. */
  list(organization: string, page: { after?: string; limit: number }): Promise<SessionView[]>;
  find(key: SessionAddress): Promise<SessionView | null>;
  /** Costs a read or two of the store. */
  load(record: SessionRecord): Promise<SessionLoad>;
  delete(key: SessionAddress): Promise<Outcome<null>>;
  start(key: SessionAddress): Promise<Outcome<SessionView>>;
  stop(key: SessionAddress): Promise<Outcome<SessionView>>;
  /** The audit log names `asker` once the session is unlinked. */
  logout(key: SessionAddress, asker: Requester): Promise<Outcome<SessionView>>;
  /** The code to scan; `not_found` while there is none yet (linking is begun), `conflict` on a linked session. */
  qr(key: SessionAddress): Promise<Outcome<LinkCode>>;
  /** A code to type on the phone with that number; `validation_error` on a linked session. */
  pairingCode(key: SessionAddress, phone: string): Promise<Outcome<LinkCode>>;
  /** The passkey that WhatsApp asks for; `conflict` when it asks for none, as for the next two. */
  passkey(key: SessionAddress): Promise<Outcome<Passkey>>;
  /** Passes an assertion on; `validation_error` when it cannot be right, `upstream_error` when WhatsApp refuses it. */
  assertPasskey(key: SessionAddress, assertion: Assertion): Promise<Outcome<Passkey>>;
  /** The person has compared the code. */
  confirmPasskey(key: SessionAddress): Promise<Outcome<Passkey>>;
  /** Shows what the session's actors do; yields how to end that. `unavailable` while no node runs the session. */
  watch(key: SessionAddress, subscriber: Subscriber): Promise<Outcome<() => void>>;
  /** Changes the given settings; the session keeps running. */
  update(key: SessionAddress, changes: Partial<SessionSettings>): Promise<Outcome<SessionView>>;
}

export interface SessionServiceDeps {
  sessions: Sessions;
  outbox: Pick<Outbox, 'depth' | 'rate'>;
  /** Deletes what is left of a session whose record is deleted. */
  sweep: (address: SessionAddress) => Promise<void>;
  router: SessionRouter;
  /** Epoch milliseconds. */
  now: () => number;
}

export function createSessionService({ sessions, outbox, sweep, router, now }: SessionServiceDeps): SessionService {
  const viewAll = async (records: readonly SessionRecord[]): Promise<SessionView[]> => {
    const found = await router.locate(records);
    return records.flatMap((record, index) => {
      const location = found[index];
      return location === undefined ? [] : [{ record, ...location }];
    });
  };

  const view = async (record: SessionRecord | null): Promise<Outcome<SessionView>> => {
    const [seen] = record === null ? [] : await viewAll([record]);
    return seen === undefined ? refused(sessionNotFound) : done(seen);
  };

  /** Asks a session that exists in this organization. */
  const ask = async (key: SessionAddress, request: SessionRequest): Promise<Outcome<Answer>> => {
    const record = await sessions.find(key);
    return record === null ? refused(sessionNotFound) : router.ask(key, request);
  };

  /** Asks, and yields the session as it is afterwards. */
  const change = async (key: SessionAddress, request: SessionRequest): Promise<Outcome<SessionView>> => {
    const outcome = await ask(key, request);
    return outcome.ok ? view(await sessions.find(key)) : outcome;
  };

  return {
    create: async ({ organization, createdBy, settings, start }) => {
      const record = newRecord({ organization, createdBy, settings, start, now: now() });
      const created = await sessions.create(record);
      if (!created.ok) return created;
      await router.open(record);
      return view(record);
    },
    list: async (organization, page) => viewAll(await sessions.list(organization, page)),
    find: async (key) => {
      const seen = await view(await sessions.show(key));
      return seen.ok ? seen.value : null;
    },
    load: async (record) => {
      const address = { organization: record.organization, session: record.id };
      const [queued, rate] = await Promise.all([outbox.depth(address), outbox.rate(address)]);
      const tokens = tokensOf(rate, record.settings, now());
      return { queued, tokens, restriction: restrictionAt(record.restrictions, now()) };
    },
    delete: async (key) => {
      const outcome = await ask(key, { type: 'session.stop', requestId: newRequestId() });
      if (!outcome.ok) return outcome;
      await sessions.delete(key);
      await router.close(key);
      await sweep(key);
      return done(null);
    },
    start: (key) => change(key, { type: 'session.start', requestId: newRequestId() }),
    stop: (key) => change(key, { type: 'session.stop', requestId: newRequestId() }),
    logout: (key, asker) => change(key, { type: 'session.logout', requestId: newRequestId(), asker }),
    qr: async (key) => linkCode(await ask(key, { type: 'session.qr', requestId: newRequestId() })),
    pairingCode: async (key, phone) =>
      linkCode(await ask(key, { type: 'session.pairingCode', requestId: newRequestId(), phone })),
    passkey: async (key) => passkey(await ask(key, { type: 'session.passkey', requestId: newRequestId() })),
    assertPasskey: async (key, assertion) =>
      passkey(await ask(key, { type: 'session.assertPasskey', requestId: newRequestId(), assertion })),
    confirmPasskey: async (key) =>
      passkey(await ask(key, { type: 'session.confirmPasskey', requestId: newRequestId() })),
    watch: (key, subscriber) => router.watch(key, subscriber),
    update: async (key, changes) => {
      const record = await sessions.update(key, (before) => ({
        ...before,
        settings: { ...before.settings, ...changes },
        updatedAt: now(),
      }));
      if (record === null) return refused(sessionNotFound);
      router.tell(key, 'settings.changed');
      return view(record);
    },
  };
}

function newRecord(input: CreateSession & { now: number }): SessionRecord {
  const { organization, createdBy, settings, start, now } = input;
  return {
    id: newSessionId(),
    organization,
    createdBy,
    settings,
    resting: start ? null : { status: 'stopped', reason: null, since: now },
    account: null,
    lastConnectedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

function linkCode(outcome: Outcome<Answer>): Outcome<LinkCode> {
  if (!outcome.ok) return outcome;
  if (outcome.value.kind !== 'linkCode')
    throw new Error(`unexpected reply kind "${outcome.value.kind}" to a request for a link code`);
  const { code, expiresAt } = outcome.value;
  return done({ code, expiresAt });
}

function passkey(outcome: Outcome<Answer>): Outcome<Passkey> {
  if (!outcome.ok) return outcome;
  if (outcome.value.kind !== 'passkey')
    throw new Error(`unexpected reply kind "${outcome.value.kind}" to a request about a passkey`);
  return done(outcome.value.passkey);
}
