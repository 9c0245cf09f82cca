import { done, type Outcome, type Refusal, refused } from '../../domain/errors.ts';
import { isSettled, type OutboxRow, type SendAnswer, type SendMode, toSendResult } from '../../domain/outbox.ts';
import type { Claim } from '../../store/records/outbox/idempotency.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import { outcomeOf, unacknowledged } from '../session/refusals.ts';

/** A send's row, or `claimed`: its key is another send's. A refusal means that nothing was dispatched, or that it failed. */
export type Dispatched = Outcome<OutboxRow | 'claimed'>;

/** Whether a stored fingerprint is that of the request under the address that the row was accepted with. */
export type Identifies = (row: OutboxRow, stored: string) => Promise<boolean>;

interface KeyedRequest {
  organization: string;
  session: string;
  /** Of the idempotency key. */
  hash: string;
  fingerprint: string;
  isOf: Identifies;
  mode: SendMode;
}

const keyReused: Refusal = {
  code: 'idempotency_mismatch',
  message: 'the idempotency key was already used for a different request',
  details: { header: 'Idempotency-Key' },
};

const sendDeleted: Refusal = {
  code: 'conflict',
  message: 'the idempotency key was used by a send that was deleted with its session',
  details: { reason: 'send_deleted' },
};

/**
 * Sends with an idempotency key. Of all requests with one key in an organization one is dispatched; the others join
 * it while it runs, and get its result afterwards. A key is the send's from the moment it begins or is queued: a
 * request that was refused before leaves it free.
 */
export class IdempotentSends {
  readonly #outbox: Pick<Outbox, 'claim' | 'find' | 'whenSettled'>;
  readonly #timeoutMs: number;
  readonly #isStrict: boolean;
  readonly #running = new Map<string, { request: KeyedRequest; result: Promise<Dispatched> }>();

  constructor(outbox: Pick<Outbox, 'claim' | 'find' | 'whenSettled'>, timeoutMs: number, isStrict: boolean) {
    this.#outbox = outbox;
    this.#timeoutMs = timeoutMs;
    this.#isStrict = isStrict;
  }

  async send(request: KeyedRequest, dispatch: () => Promise<Dispatched>): Promise<Outcome<SendAnswer>> {
    const { organization, hash } = request;
    const key = `${organization} ${hash}`;
    for (;;) {
      const running = this.#running.get(key);
      if (running !== undefined) {
        const joined = await running.result;
        const claim = await this.#outbox.claim(organization, hash);
        if (claim !== null) return this.#replay(request, claim);
        // Another session or mode may succeed where this one was refused.
        if (!joined.ok && asksForTheSame(request, running.request)) return joined;
        continue;
      }
      const leading = this.#lead(key, request, dispatch);
      const led = await leading;
      if (led !== 'claimed') return led;
      const claim = await this.#outbox.claim(organization, hash);
      if (claim !== null) return this.#replay(request, claim);
    }
  }

  /** Dispatches, unless the key is claimed; concurrent requests join. */
  async #lead(
    key: string,
    request: KeyedRequest,
    dispatch: () => Promise<Dispatched>,
  ): Promise<Outcome<SendAnswer> | 'claimed'> {
    const run = async (): Promise<Dispatched> => {
      const claim = await this.#outbox.claim(request.organization, request.hash);
      return claim === null ? dispatch() : done('claimed');
    };
    const running = run();
    this.#running.set(key, { request, result: running });
    try {
      const dispatched = await running;
      if (!dispatched.ok) return dispatched;
      if (dispatched.value === 'claimed') return 'claimed';
      return done({ result: toSendResult(dispatched.value), mismatch: false });
    } finally {
      this.#running.delete(key);
    }
  }

  /** A person has several addresses, and a repetition may give another one than the first request. */
  async #repeats({ organization, session, fingerprint, isOf }: KeyedRequest, claim: Claim): Promise<boolean> {
    if (claim.fingerprint === fingerprint) return true;
    if (claim.session !== session) return false;
    const row = await this.#outbox.find({ organization, session }, claim.outboxId);
    return row !== null && (await isOf(row, claim.fingerprint));
  }

  async #replay(request: KeyedRequest, claim: Claim): Promise<Outcome<SendAnswer>> {
    const { organization, mode } = request;
    const mismatch = !(await this.#repeats(request, claim));
    if (mismatch && this.#isStrict) return refused(keyReused);
    const timeoutMs = mode === 'sync' ? this.#timeoutMs : 0;
    const row = await this.#outbox.whenSettled({ organization, session: claim.session }, claim.outboxId, timeoutMs);
    if (row === null) return refused({ ...sendDeleted, ...(mismatch && { mismatch }) });
    const outcome = replayed(row, mode);
    if (outcome.ok) return done({ result: toSendResult(row, true), mismatch });
    return refused({ ...outcome.refusal, ...(mismatch && { mismatch }) });
  }
}

function asksForTheSame(one: KeyedRequest, other: KeyedRequest): boolean {
  return one.fingerprint === other.fingerprint && one.mode === other.mode;
}

/**
 * The answer that the first caller got or would get: a failed synchronous send is answered with its failure. An
 * asynchronous request gets a send that is still in progress as it is.
 */
function replayed(row: OutboxRow, asked: SendMode): Outcome<null> {
  if (row.mode === 'async' || (asked === 'async' && !isSettled(row))) return done(null);
  const outcome = isSettled(row) ? outcomeOf(row) : refused<null>(unacknowledged(row));
  if (outcome.ok) return done(null);
  return refused({ ...outcome.refusal, details: { ...outcome.refusal.details, replayed: true } });
}
