import { enqueueActions } from 'xstate';
import { refused } from '../../domain/errors.ts';
import { answer } from './answer.ts';
import type { Beginning } from './context.ts';
import { passkeyActions } from './passkey-actions.ts';
import { overLimit } from './refusals.ts';

const review = 'outbox.review';

/** {@link passkeyActions}, and the actions on sends to new chats while none may be begun. */
export const restrictionActions = passkeyActions.extend({
  actions: {
    refuseRestricted: enqueueActions(({ enqueue, context: { current } }, beginning: Beginning) => {
      if (beginning.kind !== 'restricted') return;
      if (current !== null && current.requestId !== null) {
        answer(enqueue, current.requestId, refused(overLimit(beginning.limit, current.row.acceptedAt)));
      }
      enqueue.assign({ current: null });
    }),
    /** All that is queued goes to new chats: the queue is looked through again after a while. */
    setAside: enqueueActions(({ enqueue }, beginning: Beginning) => {
      if (beginning.kind !== 'restricted') return;
      enqueue.assign({ hasSetAside: true });
      enqueue.cancel(review);
      enqueue.raise({ type: 'outbox.review' }, { id: review, delay: beginning.limit.forMs });
    }),
  },
});
