import { assign, enqueueActions } from 'xstate';
import { done, type Refusal, refused } from '../../domain/errors.ts';
import type { Assertion, Passkey } from '../../domain/passkey.ts';
import { answer } from './answer.ts';
import { connectionActions } from './connection-actions.ts';

/** How long a caller waits for WhatsApp; a little longer than the queries that it takes. */
const answerTimeoutMs = 35_000;

/** {@link connectionActions}, and the actions on the passkey that WhatsApp asks for before it links a number. */
export const passkeyActions = connectionActions.extend({
  actions: {
    setPasskey: assign((_, { options, expiresAt }: Pick<Passkey, 'options' | 'expiresAt'>) => {
      const passkey: Passkey = { stage: 'assertion', code: null, options, expiresAt };
      return { passkey, reason: 'passkey_required' };
    }),
    setPasskeyCode: assign(({ context: { passkey } }, code: string) => {
      const confirmed: Passkey | null = passkey === null ? null : { ...passkey, stage: 'confirmation', code };
      return { passkey: confirmed };
    }),
    clearPasskey: assign({ passkey: null }),
    /** The number is linked. */
    clearReason: assign({ reason: null }),
    showPasskey: enqueueActions(({ enqueue, context: { passkey } }, requestId: string) => {
      if (passkey !== null) answer(enqueue, requestId, done({ kind: 'passkey', passkey }));
    }),
    setPasskeyRequest: enqueueActions(({ enqueue }, requestId: string) => {
      enqueue.assign({ passkeyRequest: requestId });
      enqueue.raise({ type: 'request.expired', requestId }, { id: requestId, delay: answerTimeoutMs });
    }),
    assertPasskey: enqueueActions(({ enqueue }, assertion: Assertion) => {
      enqueue.sendTo('socket', { type: 'socket.assertPasskey', assertion });
    }),
    confirmPasskey: enqueueActions(({ enqueue }) => {
      enqueue.sendTo('socket', { type: 'socket.confirmPasskey' });
    }),
    answerPasskey: enqueueActions(({ enqueue, context: { passkey, passkeyRequest } }, refusal: Refusal | null) => {
      if (passkey === null) return;
      const waiting: Passkey = { ...passkey, stage: 'waiting', code: null };
      if (refusal === null) enqueue.assign({ passkey: waiting });
      if (passkeyRequest === null) return;
      const outcome = refusal === null ? done({ kind: 'passkey' as const, passkey: waiting }) : refused<never>(refusal);
      answer(enqueue, passkeyRequest, outcome);
      enqueue.assign({ passkeyRequest: null });
    }),
    refusePasskeyRequest: enqueueActions(({ enqueue, context: { passkeyRequest } }, refusal: Refusal) => {
      if (passkeyRequest === null) return;
      answer(enqueue, passkeyRequest, refused(refusal));
      enqueue.assign({ passkeyRequest: null });
    }),
  },
});
