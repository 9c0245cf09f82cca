import type { Refusal } from '../../domain/errors.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Passkey } from '../../domain/passkey.ts';
import type { Requester } from '../../domain/principal.ts';
import type { Account, SessionAddress } from '../../domain/session.ts';
import type { LiveAction, ReadMark, SocketEvent } from '../socket/port.ts';
import type { Command, SendCommand } from './commands.ts';
import type { Inactive } from './policy/inactive-policy.ts';
import { type History, noHistory } from './policy/reconnect-policy.ts';
import type { Settlement } from './policy/settled-row.ts';

export interface SessionInput extends SessionAddress {
  /** The number it is linked to, null before linking. */
  account: Account | null;
  /** Its stored inactive state; null when it is meant to run. */
  resting: (Inactive & { since: number }) | null;
  /** Whether sends are queued for it; `unknown` when the store was not asked. */
  queue: 'nonEmpty' | 'unknown';
  /** When it was last connected, in epoch milliseconds. */
  activeAt: number | null;
  /** Any integer; decides the session's back-off delays. */
  seed: number;
  /** How long a send may wait for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
}

/** The send in progress. `requestId` is null once its caller has been answered. */
export interface Dispatch {
  requestId: string | null;
  row: OutboxRow;
  /** Fingerprint of the caller's request; null unless the send is synchronous. */
  fingerprint: string | null;
  /** Show the recipient a typing indicator. */
  typing: boolean;
}

/** Sends may not begin, as when the token buckets are empty: for how long, until when (epoch milliseconds), and the refusal for callers. */
export interface Limit {
  forMs: number;
  until: number;
  refusal: Refusal;
}

/** The result of beginning a send; `limit` is set when it took the last token. */
export type Beginning =
  | { kind: 'begun'; row: OutboxRow; typing: boolean; limit: Limit | null }
  /** Nothing was done: there was no token. */
  | { kind: 'limited'; limit: Limit }
  /** Nothing was done: it goes to a new chat, or all that is queued does, and none may be begun. */
  | { kind: 'restricted'; limit: Limit }
  /** The idempotency key is another send's. */
  | { kind: 'claimed' }
  /** The store failed: the send may have begun and is in doubt. */
  | { kind: 'unknown' }
  /** Nothing is queued. */
  | { kind: 'none' };

export interface RecoverInput extends SessionAddress {
  /** What this process knows of the send. */
  current: Dispatch | null;
  /** Whether no more proof of its arrival can be expected. */
  mayResend: boolean;
}

/** The decision about a send that an earlier connection or process has left in flight. */
export type Recovery =
  | { kind: 'none' }
  /** A receipt proves that it arrived: `early` says when. */
  | { kind: 'proven'; row: OutboxRow }
  /** The offline messages that WhatsApp still delivers may contain the proof. */
  | { kind: 'undecided'; row: OutboxRow }
  | { kind: 'exhausted'; row: OutboxRow }
  /** Its next attempt is stored. */
  | { kind: 'again'; row: OutboxRow };

/** Plain data only, so that a session can be inspected, compared and replayed. */
export interface SessionContext extends SessionAddress {
  account: Account | null;
  /** Why the session is in its present state; null when there is nothing to explain. */
  reason: string | null;
  /** The inactive state that the session is in or is about to enter; null while it is meant to run. */
  inactive: Inactive | null;
  /** Since when it is inactive, as stored, in epoch milliseconds; null while that is not stored. */
  inactiveSince: number | null;
  /** Who last requested that it be unlinked; null when nobody has. */
  requester: Requester | null;
  /** When `readClock` last ran, in epoch milliseconds: the time of the last event for which time matters. */
  now: number;
  history: History;
  seed: number;
  /** When the current back-off ends, in epoch milliseconds; null outside it. */
  retryAt: number | null;
  /** When it last accepted a synchronous send, else when it was last connected. */
  activeAt: number | null;
  qr: { code: string; expiresAt: number } | null;
  /** The proof of a passkey that WhatsApp asks for before it links the number. */
  passkey: Passkey | null;
  /** The request that waits for what WhatsApp says to an assertion or a confirmation. */
  passkeyRequest: string | null;
  /** The request that waits for a pairing code. */
  codeRequest: { requestId: string; phone: string } | null;
  /** Requests to start, stop or log out; answered once the session runs or is inactive. */
  transitionWaiters: readonly string[];
  /** Synchronous sends that have not begun, in order. */
  waiting: readonly SendCommand[];
  /** Whether sends may be queued in the store; only the first of them is ever in memory. `unknown`: not looked up yet. */
  queue: 'nonEmpty' | 'unknown' | 'empty';
  /** Whether sends to new chats were left in the queue because none may be begun. */
  hasSetAside: boolean;
  /** How long the queue waits for a token, in ms; null when it does not. */
  paceMs: number | null;
  /** Why synchronous sends are refused; null unless the buckets are empty. */
  limit: Limit | null;
  /** Live actions that wait for the connection, and the requests whose actions the socket executes. */
  pendingActions: readonly { requestId: string; action: LiveAction }[];
  runningActions: readonly string[];
  current: Dispatch | null;
  settlement: Settlement | null;
  /** Delivery of the messages that arrived while the number was offline; `done`: complete, or not awaited any longer. */
  offlineSync: 'pending' | 'done';
  /** How often in a row a send was put off, and whether the queue waits because of that. */
  deferrals: number;
  isQueueHeld: boolean;
  /** How long a send that was put off, and may be in doubt, waits in flight, in ms. */
  deferMs: number;
  sendTimeoutMs: number;
}

export type SessionEvent =
  | Command
  | SocketEvent
  /** This session may log in now. */
  | { type: 'login.granted' }
  /** No session logs in at the moment: WhatsApp refuses this version of the client. */
  | { type: 'login.refused' }
  /** WhatsApp may accept this client again: this session is to try. */
  | { type: 'breaker.passed' }
  /** When the next session tries, in epoch milliseconds. */
  | { type: 'breaker.scheduled'; at: number }
  /** The connection was asked to close and did not report its end in time. */
  | { type: 'socket.closeTimeout' }
  /** The deadline of a caller. */
  | { type: 'request.expired'; requestId: string }
  /** The rate limits of the session may have changed. */
  | { type: 'settings.changed' }
  /** Sends that were set aside may go on: a restriction has changed, time has passed, or somebody has written. */
  | { type: 'outbox.review' }
  /** The queue has waited for long enough since a send was put off. */
  | { type: 'outbox.released' }
  /** A send was queued in the store. */
  | { type: 'outbox.queued' }
  /** The token buckets are empty. */
  | { type: 'outbox.limited'; limit: Limit }
  /** An inbound event or an effect could not be stored. */
  | { type: 'store.failed' }
  /** A received message is to be marked as read. */
  | { type: 'recorder.unread'; message: ReadMark };

export function initialContext({ input }: { input: SessionInput }): SessionContext {
  return {
    organization: input.organization,
    session: input.session,
    account: input.account,
    reason: input.resting?.reason ?? null,
    inactive: input.resting,
    inactiveSince: input.resting?.since ?? null,
    requester: null,
    now: 0,
    history: noHistory,
    seed: input.seed,
    retryAt: null,
    activeAt: input.activeAt,
    qr: null,
    passkey: null,
    passkeyRequest: null,
    codeRequest: null,
    transitionWaiters: [],
    waiting: [],
    queue: input.queue,
    hasSetAside: false,
    paceMs: null,
    limit: null,
    pendingActions: [],
    runningActions: [],
    current: null,
    settlement: null,
    offlineSync: 'pending',
    deferrals: 0,
    isQueueHeld: false,
    deferMs: 0,
    sendTimeoutMs: input.sendTimeoutMs,
  };
}
