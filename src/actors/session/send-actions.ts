import { assign, enqueueActions, raise, sendTo } from 'xstate';
import type { Contact } from '../../domain/contact.ts';
import { done, type Refusal, refused } from '../../domain/errors.ts';
import { type OutboxRow, takesNoToken } from '../../domain/outbox.ts';
import type { InboundEvent, LiveAction, ReadMark } from '../socket/port.ts';
import { answer } from './answer.ts';
import type { SendCommand } from './commands.ts';
import type { Beginning, Limit, Recovery } from './context.ts';
import { backoffMs, nextRoll } from './policy/backoff.ts';
import type { Settlement } from './policy/settled-row.ts';
import { typingMsFor } from './policy/typing-time.ts';
import { noPairingCode, outcomeOf, overLimit, unacknowledged, whileInactive } from './refusals.ts';
import { restrictionActions } from './restriction-actions.ts';

/** How long a caller waits for a pairing code. */
const pairingCodeTimeoutMs = 15_000;

/** The least time until a send that was put off is tried again. */
const minDeferMs = 250;
const released = 'outbox.released';

/**
 * Every name that the session's states use: {@link restrictionActions}, and the actions on sends and requests. Actions
 * assign, reply and send events; work that takes time or can fail is an actor. A caller's deadline is a delayed
 * `request.expired` under the request's id.
 */
export const sessionSetup = restrictionActions.extend({
  actions: {
    confirm: enqueueActions(({ enqueue, event }) => {
      if ('requestId' in event) answer(enqueue, event.requestId, done({ kind: 'done' }));
    }),
    refuse: enqueueActions(({ enqueue, event }, refusal: Refusal) => {
      if ('requestId' in event) answer(enqueue, event.requestId, refused(refusal));
    }),
    refuseInactive: enqueueActions(({ enqueue, event, context: { inactive, now } }) => {
      if (!('requestId' in event) || inactive === null) return;
      answer(enqueue, event.requestId, refused(whileInactive(inactive, now)));
    }),

    /** Lets the delivery region know that the socket actor itself has failed. */
    raiseCrashed: raise({ type: 'socket.closed', reason: 'crashed' }),
    /** Without a store the session goes offline, in every state. */
    raiseStoreFailed: raise({ type: 'store.failed' }),
    showQr: assign((_, { code, expiresAt }: { code: string; expiresAt: number }) => ({ qr: { code, expiresAt } })),
    clearQr: assign({ qr: null }),
    answerQr: enqueueActions(({ enqueue, context: { qr } }, requestId: string) => {
      if (qr !== null) answer(enqueue, requestId, done({ kind: 'linkCode', ...qr }));
    }),
    setCodeRequest: enqueueActions(({ enqueue }, { requestId, phone }: { requestId: string; phone: string }) => {
      enqueue.assign({ codeRequest: { requestId, phone } });
      enqueue.raise({ type: 'request.expired', requestId }, { id: requestId, delay: pairingCodeTimeoutMs });
    }),
    requestCode: enqueueActions(({ enqueue, context: { codeRequest } }) => {
      if (codeRequest === null) return;
      enqueue.sendTo('socket', { type: 'socket.requestPairingCode', phone: codeRequest.phone });
    }),
    answerCode: enqueueActions(({ enqueue, context }, { code, expiresAt }: { code: string; expiresAt: number }) => {
      if (context.codeRequest === null) return;
      answer(enqueue, context.codeRequest.requestId, done({ kind: 'linkCode', code, expiresAt }));
      enqueue.assign({ codeRequest: null });
    }),
    refuseCodeRequest: enqueueActions(({ enqueue, context: { codeRequest } }) => {
      if (codeRequest === null) return;
      answer(enqueue, codeRequest.requestId, refused(noPairingCode));
      enqueue.assign({ codeRequest: null });
    }),

    addWaiting: enqueueActions(({ enqueue, context }, command: SendCommand) => {
      const { requestId } = command;
      enqueue.assign({ waiting: [...context.waiting, command], activeAt: command.row.acceptedAt });
      enqueue.raise({ type: 'request.expired', requestId }, { id: requestId, delay: context.sendTimeoutMs });
    }),
    refuseWaiting: enqueueActions(({ enqueue, context, event }, refusal: Refusal) => {
      if (!('requestId' in event)) return;
      answer(enqueue, event.requestId, refused(refusal));
      enqueue.assign({ waiting: context.waiting.filter((send) => send.requestId !== event.requestId) });
    }),
    refuseAllWaiting: enqueueActions(({ enqueue, context }, refusal: Refusal) => {
      const requestIds = [...context.waiting, ...context.pendingActions].map(({ requestId }) => requestId);
      for (const requestId of requestIds) answer(enqueue, requestId, refused(refusal));
      enqueue.assign({ waiting: [], pendingActions: [] });
    }),
    refuseOverLimit: enqueueActions(({ enqueue, context: { limit }, event }) => {
      if (event.type !== 'message.send' || limit === null) return;
      answer(enqueue, event.requestId, refused(overLimit(limit, event.row.acceptedAt)));
    }),
    refuseWaitingOverLimit: enqueueActions(({ enqueue, context: { waiting, limit } }) => {
      if (limit === null) return;
      const isExempt = ({ row }: SendCommand) => takesNoToken(row.content);
      for (const { requestId, row } of waiting.filter((send) => !isExempt(send))) {
        answer(enqueue, requestId, refused(overLimit(limit, row.acceptedAt)));
      }
      enqueue.assign({ waiting: waiting.filter(isExempt) });
    }),
    takeNext: assign(({ context: { waiting } }) => {
      const [next, ...rest] = waiting;
      if (next === undefined) return {};
      const { requestId, row, fingerprint } = next;
      return { waiting: rest, current: { requestId, row, fingerprint, typing: false } };
    }),
    setBegun: enqueueActions(({ enqueue, context: { current } }, beginning: Beginning) => {
      if (beginning.kind !== 'begun') return;
      const { row, typing, limit } = beginning;
      const requestId = current?.row.id === row.id ? current.requestId : null;
      enqueue.assign({ current: { requestId, row, fingerprint: null, typing } });
      if (limit !== null) enqueue.raise({ type: 'outbox.limited', limit });
    }),
    refuseLimited: enqueueActions(({ enqueue, context: { current } }, beginning: Beginning) => {
      if (beginning.kind !== 'limited') return;
      if (current !== null && current.requestId !== null) {
        answer(enqueue, current.requestId, refused(overLimit(beginning.limit, current.row.acceptedAt)));
      }
      enqueue.assign({ current: null });
      enqueue.raise({ type: 'outbox.limited', limit: beginning.limit });
    }),
    answerClaimed: enqueueActions(({ enqueue, context: { current } }) => {
      if (current !== null && current.requestId !== null) {
        answer(enqueue, current.requestId, done({ kind: 'claimed' }));
      }
      enqueue.assign({ current: null });
    }),
    setQueue: assign((_, queue: 'nonEmpty' | 'empty') => ({ queue })),
    setPace: assign((_, beginning: Beginning) => ({
      paceMs: beginning.kind === 'limited' ? beginning.limit.forMs : 0,
      queue: 'nonEmpty' as const,
    })),
    clearPace: assign({ paceMs: null }),
    setLimit: assign((_, limit: Limit) => ({ limit, reason: 'rate_limited' })),
    clearLimit: assign({ limit: null }),

    addAction: enqueueActions(({ enqueue, context }, pending: { requestId: string; action: LiveAction }) => {
      const { requestId, action } = pending;
      enqueue.assign({ pendingActions: [...context.pendingActions, { requestId, action }] });
      enqueue.raise({ type: 'request.expired', requestId }, { id: requestId, delay: context.sendTimeoutMs });
    }),
    runPendingActions: enqueueActions(({ enqueue, context }) => {
      for (const { requestId, action } of context.pendingActions) {
        enqueue.sendTo('socket', { type: 'socket.perform', requestId, action });
      }
      const begun = context.pendingActions.map(({ requestId }) => requestId);
      enqueue.assign({ pendingActions: [], runningActions: [...context.runningActions, ...begun] });
    }),
    answerAction: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'socket.performed' || !context.runningActions.includes(event.requestId)) return;
      answer(enqueue, event.requestId, event.outcome);
      enqueue.assign({ runningActions: context.runningActions.filter((id) => id !== event.requestId) });
    }),
    refuseRunningActions: enqueueActions(({ enqueue, context }, refusal: Refusal) => {
      for (const requestId of context.runningActions) answer(enqueue, requestId, refused(refusal));
      enqueue.assign({ runningActions: [] });
    }),
    refuseAction: enqueueActions(({ enqueue, context, event }, refusal: Refusal) => {
      if (!('requestId' in event)) return;
      const { requestId } = event;
      answer(enqueue, requestId, refused(refusal));
      enqueue.assign({
        pendingActions: context.pendingActions.filter((each) => each.requestId !== requestId),
        runningActions: context.runningActions.filter((id) => id !== requestId),
      });
    }),

    record: sendTo('recorder', (_, event: InboundEvent) => event),
    markRead: sendTo('socket', (_, message: ReadMark) => ({ type: 'socket.markRead', message })),
    updatePresence: sendTo('socket', { type: 'socket.updatePresence' }),

    transmit: enqueueActions(({ enqueue, context }) => {
      const { current } = context;
      if (current === null) return;
      const { waMessageId, to, content, acceptedAt, secret, timer } = current.row;
      const typingMs = current.typing ? typingMsFor(content, context.sendTimeoutMs) : 0;
      enqueue.sendTo('socket', { type: 'socket.send', waMessageId, to, content, acceptedAt, secret, timer, typingMs });
    }),
    setRecipient: assign(({ context: { current } }, contact: Contact) =>
      current === null ? {} : { current: { ...current, row: { ...current.row, contact } } },
    ),
    countUnanswered: assign(({ context: { current } }) => {
      if (current === null) return {};
      return { current: { ...current, row: { ...current.row, unanswered: current.row.unanswered + 1 } } };
    }),
    resume: assign(({ context: { current } }, recovery: Recovery) => {
      if (recovery.kind === 'none') return { current: null };
      const { row } = recovery;
      return {
        current: {
          requestId: current?.row.id === row.id ? current.requestId : null,
          row,
          fingerprint: null,
          typing: false,
        },
      };
    }),
    settle: assign((_, settlement: Settlement) => ({ settlement, ...(settlement.ok && { deferrals: 0 }) })),
    /** Nothing is sent from the queue until a back-off is over. */
    holdQueue: enqueueActions(({ enqueue, context }) => {
      const { seed, roll } = nextRoll(context.seed);
      const deferMs = minDeferMs + backoffMs(context.deferrals, roll);
      enqueue.assign({ seed, deferMs, deferrals: context.deferrals + 1, isQueueHeld: true, queue: 'nonEmpty' });
      enqueue.cancel(released);
      enqueue.raise({ type: 'outbox.released' }, { id: released, delay: deferMs });
    }),
    releaseQueue: assign({ isQueueHeld: false }),
    /** A receipt arrived, the acknowledgement did not. */
    settleAsProven: assign((_, recovery: Recovery) => {
      if (recovery.kind !== 'proven' || recovery.row.early === null) return {};
      return { settlement: { ok: true as const, timestamp: recovery.row.early.timestamp } };
    }),
    answerSend: enqueueActions(({ enqueue, context: { current } }, row: OutboxRow) => {
      if (current !== null && current.requestId !== null) answer(enqueue, current.requestId, outcomeOf(row));
      enqueue.assign({ current: null, settlement: null });
    }),
    refuseCurrent: enqueueActions(({ enqueue, context: { current } }, refusal: Refusal) => {
      if (current !== null && current.requestId !== null) answer(enqueue, current.requestId, refused(refusal));
      enqueue.assign({ current: null, settlement: null });
    }),
    answerUnknown: enqueueActions(({ enqueue, context: { current } }) => {
      if (current === null || current.requestId === null) return;
      answer(enqueue, current.requestId, refused(unacknowledged(current.row)));
      enqueue.assign({ current: { ...current, requestId: null } });
    }),

    awaitTransition: assign(({ context, event }) =>
      'requestId' in event ? { transitionWaiters: [...context.transitionWaiters, event.requestId] } : {},
    ),
    confirmTransition: enqueueActions(({ enqueue, context }) => {
      for (const requestId of context.transitionWaiters) answer(enqueue, requestId, done({ kind: 'done' }));
      enqueue.assign({ transitionWaiters: [] });
    }),
    refuseTransition: enqueueActions(({ enqueue, context }, refusal: Refusal) => {
      for (const requestId of context.transitionWaiters) answer(enqueue, requestId, refused(refusal));
      enqueue.assign({ transitionWaiters: [] });
    }),
  },
});
