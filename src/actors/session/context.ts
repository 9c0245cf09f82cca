import type { Refusal } from '../../domain/errors.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Requester } from '../../domain/principal.ts';
import type { Account, SessionAddress } from '../../domain/session.ts';
import type { LiveAction, ReadMark, SocketEvent } from '../socket/port.ts';
import type { Command, SendCommand } from './commands.ts';
import type { Inactive } from './policy/inactive-policy.ts';
import { type History, noHistory } from './policy/reconnect-policy.ts';

export interface SessionInput extends SessionAddress {
  /** The number it is linked to, null before linking. */
  account: Account | null;
  /** Where it rests; null when it should connect at once. */
  resting: (Inactive & { since: number }) | null;
  /** What is known of its queue from outside: `maybe` if there was something in it. */
  queue: 'maybe' | 'unknown';
  /** When it was last connected, in epoch milliseconds. */
  activeAt: number | null;
  /** Any integer; decides the session's back-off delays. */
  seed: number;
  /** How long a send may wait for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
}

/** The send that is being carried out. `requestId` is null once its caller has been answered. */
export interface Dispatch {
  requestId: string | null;
  row: OutboxRow;
  /** Of what the caller asked for; null for a send that was not asked for synchronously. */
  fingerprint: string | null;
  /** Show the recipient a typing indicator. */
  typing: boolean;
}

/** The token buckets are empty: for how long, until when (epoch milliseconds), and what callers are told. */
export interface Limit {
  forMs: number;
  until: number;
  refusal: Refusal;
}

/** What became of the beginning of a send; `limit` when it took the last token. */
export type Beginning =
  | { kind: 'begun'; row: OutboxRow; typing: boolean; limit: Limit | null }
  /** There was no token: nothing was done. */
  | { kind: 'limited'; limit: Limit }
  /** The idempotency key is another send's. */
  | { kind: 'claimed' }
  /** The store failed: it may have begun all the same, and is in doubt. */
  | { kind: 'unknown' }
  /** Nothing is queued. */
  | { kind: 'none' };

/** What is to be done about the send that an earlier connection or life has left in flight. */
export type Recovery =
  | { kind: 'none' }
  /** Its recipient has confirmed it since: `early` says when. */
  | { kind: 'proven'; row: OutboxRow }
  /** What WhatsApp has kept for the number may still hold the proof. */
  | { kind: 'undecided'; row: OutboxRow }
  | { kind: 'exhausted'; row: OutboxRow }
  /** It is stored as being sent again. */
  | { kind: 'again'; row: OutboxRow };

/** How a send ended: WhatsApp took it at its own time, or it failed with WhatsApp's code or one of ours. */
export type Settlement = { ok: true; timestamp: number } | { ok: false; code: string };

/** Plain data only, so that a session can be shown, compared and replayed. */
export interface SessionContext extends SessionAddress {
  account: Account | null;
  /** Why the session is in its present state; null when there is nothing to explain. */
  reason: string | null;
  /** Where the session rests or is about to rest; null while it is meant to run. */
  rest: Inactive | null;
  /** Since when it rests, as stored, in epoch milliseconds; null while that is not stored. */
  restingSince: number | null;
  /** Who asked last that it be unlinked; null when nobody has. */
  asker: Requester | null;
  /** The time that was last looked up, in epoch milliseconds: of what happened last, as far as time matters. */
  now: number;
  history: History;
  seed: number;
  /** When the present back-off ends, in epoch milliseconds; null outside it. */
  retryAt: number | null;
  /** When it last took on a synchronous send, else when it was last connected. */
  activeAt: number | null;
  qr: { code: string; expiresAt: number } | null;
  /** The request that waits for a pairing code. */
  codeRequest: { requestId: string; phone: string } | null;
  /** Requests to answer once the session rests. */
  enders: readonly string[];
  /** Synchronous sends that have not begun, in order. */
  waiting: readonly SendCommand[];
  /** Whether sends may be queued in the store; only their head is ever in memory. `unknown` is not looked yet. */
  queue: 'maybe' | 'unknown' | 'empty';
  /** How long the queue waits for a token; null when it does not. */
  paceMs: number | null;
  /** Why synchronous sends are refused; null unless the buckets are empty. */
  limit: Limit | null;
  /** Live actions that wait for the connection, and those that it carries out. */
  held: readonly { requestId: string; action: LiveAction }[];
  performing: readonly string[];
  current: Dispatch | null;
  settlement: Settlement | null;
  /** What WhatsApp has kept for the number while it was away: `told`, or not waited for any longer. */
  backlog: 'expected' | 'told';
  sendTimeoutMs: number;
}

export type SessionEvent =
  | Command
  | SocketEvent
  /** A place among the logins in progress is free for this session. */
  | { type: 'admission.granted' }
  /** WhatsApp does not take this version of the client, so that no session logs in at the moment. */
  | { type: 'admission.refused' }
  /** WhatsApp may take this client again: this session is to try. */
  | { type: 'circuit.passed' }
  /** When the next session tries that, in epoch milliseconds. */
  | { type: 'circuit.scheduled'; at: number }
  /** The connection was told to end, and did not. */
  | { type: 'socket.overdue' }
  /** A caller has waited long enough. */
  | { type: 'request.expired'; requestId: string }
  /** The rates of the session may be others than before. */
  | { type: 'settings.changed' }
  /** A send was queued in the store. */
  | { type: 'outbox.queued' }
  /** The token buckets are empty. */
  | { type: 'outbox.limited'; limit: Limit }
  /** Something that must be kept could not be stored. */
  | { type: 'store.failed' }
  /** A message was received that is to be marked as read. */
  | { type: 'recorder.unread'; message: ReadMark };

export function initialContext({ input }: { input: SessionInput }): SessionContext {
  return {
    organization: input.organization,
    session: input.session,
    account: input.account,
    reason: input.resting?.reason ?? null,
    rest: input.resting,
    restingSince: input.resting?.since ?? null,
    asker: null,
    now: 0,
    history: noHistory,
    seed: input.seed,
    retryAt: null,
    activeAt: input.activeAt,
    qr: null,
    codeRequest: null,
    enders: [],
    waiting: [],
    queue: input.queue,
    paceMs: null,
    limit: null,
    held: [],
    performing: [],
    current: null,
    settlement: null,
    backlog: 'expected',
    sendTimeoutMs: input.sendTimeoutMs,
  };
}
