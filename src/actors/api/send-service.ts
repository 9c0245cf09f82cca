import { contactOf } from '../../domain/contact.ts';
import { done, type Outcome, type Refusal, refused } from '../../domain/errors.ts';
import { newRequestId } from '../../domain/ids.ts';
import type { SendBody } from '../../domain/message.ts';
import { type OutboxRow, type SendAnswer, type SendMode, type SendResult, toSendResult } from '../../domain/outbox.ts';
import type { SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { Contacts } from '../../store/records/contacts.ts';
import type { Messages } from '../../store/records/messages/messages.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { SessionRouter } from '../runtime/session-router.ts';
import { settledRow } from '../session/policy/settled-row.ts';
import { notConnected, sessionNotFound } from '../session/refusals.ts';
import { contentOf, createOutboxRow } from './create-outbox-row.ts';
import { editContent } from './edit-content.ts';
import { type Dispatched, IdempotentSends, type Identifies } from './idempotent-sends.ts';
import { fingerprintOf, keyHash } from './request-fingerprint.ts';
import { contactAt, goesTo } from './same-chat.ts';

export interface SendOptions {
  /** `sync` waits for WhatsApp's answer, `async` only until the send is durable. */
  mode: SendMode;
  /** The caller's own name for this send, unique in its organization; null to send unconditionally. */
  idempotencyKey: string | null;
  /** Of the request; the send's own, unless the request stands for an earlier one. */
  traceId: string | null;
}

/** A new text for a message, identified by its WhatsApp id and its chat. */
interface Edit {
  id: string;
  chat: string;
  text: string;
  /** Beside those of the original that the text still has. */
  mentions: readonly string[];
  traceId: string | null;
}

/**
 * Sends and their results. Every call answers within the send timeout and a few seconds; a missing session is
 * refused with `not_found`. See the design's send path for what each refusal means.
 */
export interface SendService {
  /** Sends, or joins or replays the send that has the same idempotency key. */
  send(address: SessionAddress, body: SendBody, options: SendOptions): Promise<Outcome<SendAnswer>>;
  /** Replaces the text of a message that this session sent, and waits for WhatsApp's answer. */
  edit(address: SessionAddress, edit: Edit): Promise<Outcome<SendResult>>;
  /** The session's sends in the order of acceptance, at most `limit` after the outbox id `after`. */
  list(address: SessionAddress, page: { after?: string; limit: number }): Promise<OutboxRow[]>;
  find(address: SessionAddress, outboxId: string): Promise<OutboxRow | null>;
  /** Cancels a queued send; `conflict` once it has begun or ended. */
  cancel(address: SessionAddress, outboxId: string): Promise<Outcome<OutboxRow>>;
}

export interface SendServiceDeps {
  sessions: Pick<Sessions, 'find'>;
  outbox: Outbox;
  messages: Messages;
  contacts: Pick<Contacts, 'find'>;
  router: SessionRouter;
  sendTimeoutMs: number;
  /** Refuse a key that was used for a different request, instead of replaying that. */
  idempotencyStrict: boolean;
  /** Epoch milliseconds. */
  now: () => number;
}

export function createSendService(deps: SendServiceDeps): SendService {
  const { sessions, outbox } = deps;
  const keyed = new IdempotentSends(deps.outbox, deps.sendTimeoutMs, deps.idempotencyStrict);

  const dispatch = async (address: SessionAddress, body: SendBody, options: Dispatch): Promise<Dispatched> => {
    const [record, contact] = await Promise.all([sessions.find(address), contactAt(deps.contacts, address, body.to)]);
    if (record === null) return refused(sessionNotFound);
    const content = await contentOf(deps.messages, address, body, contact ?? contactOf(body.to));
    if (!content.ok) return content;
    const { mode, idempotency, fingerprint, traceId } = options;
    const account = record.account?.jid ?? null;
    const acceptedAt = deps.now();
    const row = createOutboxRow(address, {
      mode,
      to: body.to,
      contact,
      content: content.value,
      idempotency,
      account,
      acceptedAt,
      traceId,
    });
    return mode === 'sync' ? askToSend(deps, row, fingerprint) : enqueue(deps, record, row, fingerprint);
  };

  return {
    send: async (address, body, { mode, idempotencyKey, traceId }) => {
      if ((await sessions.find(address)) === null) return refused(sessionNotFound);
      const fingerprint = fingerprintOf(address.session, body);
      const idempotency = idempotencyKey === null ? null : keyHash(idempotencyKey);
      const run = () => dispatch(address, body, { mode, idempotency, fingerprint, traceId });
      const isOf: Identifies = async (row, stored) => {
        if (fingerprintOf(address.session, { ...body, to: row.to }) !== stored) return false;
        return goesTo(deps.contacts, row, body.to);
      };
      if (idempotency !== null) return keyed.send({ ...address, hash: idempotency, fingerprint, isOf, mode }, run);
      const dispatched = await run();
      if (!dispatched.ok) return dispatched;
      // Without a key, only a deleted session yields this.
      if (dispatched.value === 'claimed') return refused(sessionNotFound);
      return done({ result: toSendResult(dispatched.value), mismatch: false });
    },
    edit: (address, edit) => editMessage(deps, address, edit),
    list: (address, page) => outbox.list(address, page),
    find: (address, outboxId) => outbox.find(address, outboxId),
    cancel: (address, outboxId) => cancel(deps, address, outboxId),
  };
}

interface Dispatch {
  mode: SendMode;
  idempotency: string | null;
  fingerprint: string;
  traceId: string | null;
}

async function enqueue(
  deps: SendServiceDeps,
  record: SessionRecord,
  row: OutboxRow,
  fingerprint: string,
): Promise<Dispatched> {
  if (record.account === null) {
    const [found] = await deps.router.locate([record]);
    return refused(notConnected(found?.state.status ?? 'stopped'));
  }
  // Also after a failure, as the send may be queued all the same.
  const wake = (): void => deps.router.tell(addressOf(row), 'outbox.queued');
  const queued = await deps.outbox.enqueue(row, fingerprint).finally(wake);
  if (queued === 'full') return refused(queueFull);
  if (queued === 'gone') return refused(sessionNotFound);
  if (queued === 'claimed') return done('claimed');
  return done(row);
}

async function askToSend({ router }: SendServiceDeps, row: OutboxRow, fingerprint: string): Promise<Dispatched> {
  const command = { type: 'message.send', requestId: newRequestId(), row, fingerprint } as const;
  const outcome = await router.ask(addressOf(row), command);
  if (!outcome.ok) return outcome;
  if (outcome.value.kind === 'claimed') return done('claimed');
  if (outcome.value.kind === 'sent') return done(outcome.value.row);
  throw new Error(`unexpected reply kind "${outcome.value.kind}" to message.send`);
}

function addressOf({ organization, session }: OutboxRow): SessionAddress {
  return { organization, session };
}

/** WhatsApp's clients accept an edit for this long after the message was sent. */
const editWindowMs = 15 * 60 * 1000;

async function editMessage(
  deps: SendServiceDeps,
  address: SessionAddress,
  { id, chat, text, mentions, traceId }: Edit,
): Promise<Outcome<SendResult>> {
  const record = await deps.sessions.find(address);
  if (record === null) return refused(sessionNotFound);
  const account = record.account?.jid ?? null;
  const original = await deps.outbox.findByMessage(address, id);
  if (original === null || original.status === 'failed') return refused(messageNotFound);
  if (!(await goesTo(deps.contacts, original, chat))) return refused(messageNotFound);
  if (original.account !== account) return refused(messageNotFound);
  if (original.content.type !== 'text') return refused(notEditable);
  const sent = await deps.messages.find(address, id, ({ fromMe }) => fromMe);
  if (sent === null) return refused(messageNotFound);
  if (deps.now() - sent.timestamp > editWindowMs) return refused(editWindowPassed);
  const content = editContent(original.content, id, text, mentions);
  const acceptedAt = deps.now();
  const row = createOutboxRow(address, {
    mode: 'sync',
    to: chat,
    contact: await contactAt(deps.contacts, address, chat),
    content,
    idempotency: null,
    account,
    acceptedAt,
    traceId,
  });
  const dispatched = await askToSend(deps, row, '');
  if (!dispatched.ok) return dispatched;
  if (dispatched.value === 'claimed') return refused(sessionNotFound);
  return done(toSendResult(dispatched.value));
}

async function cancel(
  { outbox, now }: SendServiceDeps,
  address: SessionAddress,
  id: string,
): Promise<Outcome<OutboxRow>> {
  const row = await outbox.find(address, id);
  if (row === null) return refused(entryNotFound);
  const cancelled = await outbox.cancel(settledRow(row, { ok: false, code: 'cancelled' }, now()));
  return cancelled === null ? refused(notQueued) : done(cancelled);
}

const queueFull: Refusal = {
  code: 'queue_full',
  message: 'too many sends are queued for this session; try again when some have been sent',
  retryAfterMs: 60_000,
};

const messageNotFound: Refusal = { code: 'not_found', message: 'message not found' };

const entryNotFound: Refusal = { code: 'not_found', message: 'outbox entry not found' };

const notEditable: Refusal = {
  code: 'validation_error',
  message: 'only text messages can be edited',
  details: { reason: 'not_a_text_message' },
};

const editWindowPassed: Refusal = {
  code: 'validation_error',
  message: 'the message was sent more than 15 minutes ago; WhatsApp no longer accepts edits of it',
  details: { reason: 'edit_window_passed' },
};

const notQueued: Refusal = {
  code: 'conflict',
  message: 'the send is not queued any more',
  details: { reason: 'not_queued' },
};
