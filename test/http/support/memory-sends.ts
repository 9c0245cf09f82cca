import type { SendOptions, SendService } from '../../../src/actors/api/send-service.ts';
import { done, type Outcome, type Quota, type Refusal, refused } from '../../../src/domain/errors.ts';
import { newOutboxId, newWaMessageId } from '../../../src/domain/ids.ts';
import type { Content, SendBody } from '../../../src/domain/message.ts';
import {
  type OutboxRow,
  type SendAnswer,
  type SendResult,
  type SendStatus,
  toSendResult,
} from '../../../src/domain/outbox.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import { contactCard } from '../../../src/domain/vcard.ts';
import type { MemoryRegistry } from './memory-sessions.ts';

const time = 1_700_000_000_000;

/**
 * Sends that are kept in memory and follow the rules of the port. The other side is played by the test: `whatsapp` is
 * what becomes of a send, `quota` is the rate limit once it is met, and `settle` is the queue going on.
 */
export class MemorySends implements SendService {
  /** What was handed to WhatsApp. */
  readonly dispatched: { address: SessionAddress; body: SendBody }[] = [];
  whatsapp: (address: SessionAddress, body: SendBody) => Promise<Outcome<SendStatus>> = async () => done('sent');
  quota: Quota | null = null;
  /** Refuses a key that was used for something else. */
  isStrict = false;
  readonly #sessions: MemoryRegistry;
  readonly #rows = new Map<string, OutboxRow>();
  readonly #keys = new Map<string, { fingerprint: string; outboxId: string }>();

  constructor(sessions: MemoryRegistry) {
    this.#sessions = sessions;
  }

  async send(address: SessionAddress, body: SendBody, options: SendOptions): Promise<Outcome<SendAnswer>> {
    const key = `${address.organization} ${options.idempotencyKey}`;
    const fingerprint = JSON.stringify([address.session, body]);
    const used = options.idempotencyKey === null ? undefined : this.#keys.get(key);
    const earlier = used && this.#rows.get(used.outboxId);
    if (used !== undefined && earlier !== undefined) {
      const mismatch = used.fingerprint !== fingerprint;
      if (mismatch && this.isStrict)
        return refused({ code: 'idempotency_mismatch', message: 'the key was used before' });
      return done({ result: toSendResult(earlier, true), mismatch });
    }
    const refusal = await this.#refusal(address, options.mode);
    if (refusal !== null) return refused(refusal);
    const row = this.#accept(address, body, options);
    this.#keys.set(key, { fingerprint, outboxId: row.id });
    if (options.mode === 'async') return done({ result: toSendResult(row), mismatch: false });
    this.dispatched.push({ address, body });
    const outcome = await this.whatsapp(address, body);
    if (outcome.ok) return done({ result: toSendResult(this.settle(row.id, outcome.value)), mismatch: false });
    this.#keys.delete(key);
    return outcome;
  }

  async edit(
    address: SessionAddress,
    { id, chat }: { id: string; chat: string; text: string },
  ): Promise<Outcome<SendResult>> {
    const original = this.#ofSession(address).find((row) => row.waMessageId === id && row.to === chat);
    if (original === undefined) return refused({ code: 'not_found', message: 'message not found' });
    const refusal = await this.#refusal(address, 'sync');
    if (refusal !== null) return refused(refusal);
    if (original.content.type === 'text') return done(toSendResult(original));
    return refused({ code: 'validation_error', message: 'only text messages can be edited' });
  }

  async list(address: SessionAddress, { after = '', limit }: { after?: string; limit: number }): Promise<OutboxRow[]> {
    return this.#ofSession(address)
      .filter(({ id }) => id > after)
      .slice(0, limit);
  }

  async find(address: SessionAddress, outboxId: string): Promise<OutboxRow | null> {
    return this.#ofSession(address).find(({ id }) => id === outboxId) ?? null;
  }

  async cancel(address: SessionAddress, outboxId: string): Promise<Outcome<OutboxRow>> {
    const row = await this.find(address, outboxId);
    if (row === null) return refused({ code: 'not_found', message: 'no such row' });
    if (row.status !== 'queued') return refused({ code: 'conflict', message: 'it is not queued any more' });
    return done(this.settle(row.id, 'failed'));
  }

  /** A send has come to this. */
  settle(outboxId: string, status: SendStatus): OutboxRow {
    const row = this.#rows.get(outboxId);
    if (row === undefined) throw new Error(`no row ${outboxId}`);
    const settled = { ...row, status, attempts: 1 };
    this.#rows.set(outboxId, settled);
    return settled;
  }

  #accept({ organization, session }: SessionAddress, body: SendBody, { mode, traceId }: SendOptions): OutboxRow {
    const row: OutboxRow = {
      id: newOutboxId(),
      organization,
      session,
      waMessageId: newWaMessageId(),
      mode,
      to: body.to,
      content: contentOf(body),
      account: null,
      idempotency: null,
      status: mode === 'async' ? 'queued' : 'sending',
      timestamp: time,
      attempts: 0,
      unanswered: 0,
      error: null,
      early: null,
      acceptedAt: time,
      traceId,
    };
    this.#rows.set(row.id, row);
    return row;
  }

  async #refusal(address: SessionAddress, mode: SendOptions['mode']): Promise<Refusal | null> {
    const view = await this.#sessions.find(address);
    if (view === null) return { code: 'not_found', message: 'session not found' };
    const { status } = view.state;
    const isReady = mode === 'async' ? view.record.account !== null : status === 'connected';
    const details = { reason: 'session_not_connected', status };
    if (!isReady) return { code: 'not_implemented', message: 'the session is not connected', details };
    if (this.quota === null || mode === 'async') return null;
    return {
      code: 'rate_limited',
      message: 'too many sends',
      retryAfterMs: this.quota.resetSeconds * 1000,
      quota: this.quota,
    };
  }

  #ofSession({ organization, session }: SessionAddress): OutboxRow[] {
    return [...this.#rows.values()].filter((row) => row.organization === organization && row.session === session);
  }
}

function contentOf(body: SendBody): Content {
  switch (body.type) {
    case 'text':
      return { type: 'text', text: body.text, mentions: body.mentions, quoted: null };
    case 'poll': {
      const { type, name, options, selectableCount } = body;
      return { type, name, options, selectableCount, secret: 'none' };
    }
    case 'location':
      return { type: 'location', latitude: body.latitude, longitude: body.longitude, name: body.name ?? null };
    case 'contact':
      return { type: 'contact', ...contactCard(body.contact) };
  }
}
