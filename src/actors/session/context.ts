import type { OutboxRow } from '../../domain/outbox.ts';
import type { Account, RestingStatus, SessionAddress } from '../../domain/session.ts';
import type { SocketFact } from '../socket/port.ts';
import type { Command, SendCommand } from './commands.ts';

export interface SessionInput extends SessionAddress {
  /** The number it is linked to, null before linking. */
  account: Account | null;
  /** Where it rests; null when it should connect at once. */
  resting: Rest | null;
  /** Any integer; decides the session's back-off delays. */
  seed: number;
  /** How long a send may wait for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
}

/** A state to stay in until somebody acts, and a stable code that says why. */
export interface Rest {
  status: RestingStatus;
  reason: string | null;
}

/** The send that is being carried out. `requestId` is null once its caller has been answered. */
interface Dispatch {
  requestId: string | null;
  row: OutboxRow;
}

/** How a send ended: WhatsApp took it at its own time, or it failed with WhatsApp's code or one of ours. */
export type Settlement = { ok: true; timestamp: number } | { ok: false; code: string };

/** Plain data only, so that a session can be shown, compared and replayed. */
export interface SessionContext extends SessionAddress {
  account: Account | null;
  /** Why the session is in its present state; null when there is nothing to explain. */
  reason: string | null;
  /** Where the session rests or is about to rest; null while it is meant to run. */
  rest: Rest | null;
  /** Connections lost or failed in a row. */
  attempt: number;
  seed: number;
  /** How long the present back-off lasts; null outside it. */
  retryInMs: number | null;
  qr: { code: string; expiresAt: number } | null;
  /** The request that waits for a pairing code. */
  codeRequest: { requestId: string; phone: string } | null;
  /** Requests to answer once the session rests. */
  enders: readonly string[];
  /** Sends that have not begun, in order. */
  waiting: readonly SendCommand[];
  current: Dispatch | null;
  settlement: Settlement | null;
  sendTimeoutMs: number;
}

export type SessionEvent =
  | Command
  | SocketFact
  /** A place among the logins in progress is free for this session. */
  | { type: 'admission.granted' }
  /** A caller has waited long enough. */
  | { type: 'request.expired'; requestId: string };

export function initialContext({ input }: { input: SessionInput }): SessionContext {
  return {
    organization: input.organization,
    session: input.session,
    account: input.account,
    reason: input.resting?.reason ?? null,
    rest: input.resting,
    attempt: 0,
    seed: input.seed,
    retryInMs: null,
    qr: null,
    codeRequest: null,
    enders: [],
    waiting: [],
    current: null,
    settlement: null,
    sendTimeoutMs: input.sendTimeoutMs,
  };
}
