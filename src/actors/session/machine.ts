import { storeUnavailable } from '../../domain/errors.ts';
import { initialContext } from './context.ts';
import { inactiveUnrecorded } from './refusals.ts';
import { sessionSetup } from './send-actions.ts';
import { delivery } from './states/delivery.ts';
import { endingAnswers, wakingAnswers } from './states/draining.ts';
import { failed, inactive } from './states/inactive.ts';
import { online } from './states/online.ts';

/** How soon storing the inactive state is retried. */
const recordRetryMs = 1_000;

/**
 * One WhatsApp number. Two regions: `lifecycle` is the connection and whether the session is meant to run, `delivery` is
 * the send in progress. Every command gets exactly one reply, in every state.
 */
export const sessionMachine = sessionSetup.createMachine({
  id: 'session',
  type: 'parallel',
  context: initialContext,
  states: {
    lifecycle: {
      description: 'The connection, and whether the session is meant to run.',
      initial: 'starting',
      states: {
        starting: {
          description: 'Restores the stored state.',
          always: [
            { guard: 'isMeantToRun', target: 'online' },
            { guard: { type: 'isInactiveAs', params: 'logged_out' }, target: 'loggedOut' },
            { guard: { type: 'isInactiveAs', params: 'failed' }, target: 'failed' },
            { target: 'stopped' },
          ],
        },
        stopped: { ...inactive, description: 'Stopped by request. Asynchronous sends wait in the queue.' },
        online,
        waking: {
          description: 'Stores that the session is meant to run; then it connects.',
          id: 'waking',
          on: wakingAnswers.on,
          invoke: {
            src: 'recordStart',
            input: ({ context: { organization, session, transitionWaiters } }) => ({
              organization,
              session,
              isRequested: transitionWaiters.length > 0,
            }),
            onDone: { target: 'online', actions: ['setRunning', 'confirmTransition'] },
            onError: {
              target: 'settled',
              actions: ['refuseCodeRequest', { type: 'refuseTransition', params: storeUnavailable }],
            },
          },
        },
        settling: {
          description: 'The connection has ended; the inactive state is being stored.',
          id: 'settling',
          entry: endingAnswers.entry,
          on: endingAnswers.on,
          initial: 'recording',
          states: {
            recording: {
              description: 'Stores the inactive state.',
              invoke: {
                src: 'recordInactive',
                input: ({ context: { organization, session, inactive, requester } }) => ({
                  organization,
                  session,
                  inactive,
                  requester,
                }),
                onDone: {
                  target: '#settled',
                  actions: { type: 'setInactiveSince', params: ({ event }) => event.output },
                },
                onError: { target: 'unrecorded', actions: { type: 'refuseTransition', params: inactiveUnrecorded } },
              },
            },
            unrecorded: {
              description: 'The store failed; retries.',
              after: { [recordRetryMs]: 'recording' },
            },
          },
        },
        settled: {
          description: 'Stored; enters the inactive state.',
          id: 'settled',
          entry: 'confirmTransition',
          always: [
            { guard: { type: 'isInactiveAs', params: 'logged_out' }, target: 'loggedOut', actions: 'clearAccount' },
            { guard: { type: 'isInactiveAs', params: 'failed' }, target: 'failed' },
            { target: 'stopped' },
          ],
        },
        loggedOut: { ...inactive, description: 'Unlinked, by the phone or by request: a phone has to link it again.' },
        failed,
      },
    },
    delivery,
  },
});
