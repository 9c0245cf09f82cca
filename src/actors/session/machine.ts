import { storeUnavailable } from '../../domain/errors.ts';
import { initialContext } from './context.ts';
import { inactiveUnrecorded } from './refusals.ts';
import { sessionSetup } from './send-actions.ts';
import { delivery } from './states/delivery.ts';
import { endingAnswers, wakingAnswers } from './states/draining.ts';
import { failed, inactive } from './states/inactive.ts';
import { online } from './states/online.ts';

/** How soon a resting place is recorded again when the store could not be written. */
const recordAgainMs = 1_000;

/**
 * One WhatsApp number. Two regions: `lifecycle` is the connection and what the session is meant to do, `delivery` the
 * send that is being carried out. Every command gets exactly one reply, in every state.
 */
export const sessionMachine = sessionSetup.createMachine({
  id: 'session',
  type: 'parallel',
  context: initialContext,
  states: {
    lifecycle: {
      description: 'The connection, and what the session is meant to do.',
      initial: 'starting',
      states: {
        starting: {
          description: 'Looks where the session was before the process began.',
          always: [
            { guard: 'isMeantToRun', target: 'online' },
            { guard: { type: 'restsAs', params: 'logged_out' }, target: 'loggedOut' },
            { guard: { type: 'restsAs', params: 'failed' }, target: 'failed' },
            { target: 'stopped' },
          ],
        },
        stopped: { ...inactive, description: 'Does not run, by choice. Asynchronous sends wait in the queue.' },
        online,
        waking: {
          description: 'It is meant to run from now on, and that is being stored; then it connects.',
          id: 'waking',
          on: wakingAnswers.on,
          invoke: {
            src: 'recordStart',
            input: ({ context: { organization, session, enders } }) => ({
              organization,
              session,
              isAsked: enders.length > 0,
            }),
            onDone: { target: 'online', actions: ['noteRunning', 'confirmEnders'] },
            onError: {
              target: 'settled',
              actions: ['refuseCodeRequest', { type: 'refuseEnders', params: storeUnavailable }],
            },
          },
        },
        settling: {
          description: 'The connection has ended; where the session rests is being stored.',
          id: 'settling',
          entry: endingAnswers.entry,
          on: endingAnswers.on,
          initial: 'recording',
          states: {
            recording: {
              description: 'Stores it.',
              invoke: {
                src: 'recordRest',
                input: ({ context: { organization, session, rest, asker } }) => ({
                  organization,
                  session,
                  rest,
                  asker,
                }),
                onDone: { target: '#settled', actions: { type: 'noteResting', params: ({ event }) => event.output } },
                onError: { target: 'unrecorded', actions: { type: 'refuseEnders', params: inactiveUnrecorded } },
              },
            },
            unrecorded: {
              description: 'The store could not be written; tries again.',
              after: { [recordAgainMs]: 'recording' },
            },
          },
        },
        settled: {
          description: 'Stored; goes where it rests.',
          id: 'settled',
          entry: 'confirmEnders',
          always: [
            { guard: { type: 'restsAs', params: 'logged_out' }, target: 'loggedOut', actions: 'forgetAccount' },
            { guard: { type: 'restsAs', params: 'failed' }, target: 'failed' },
            { target: 'stopped' },
          ],
        },
        loggedOut: { ...inactive, description: 'Unlinked, by the phone or by us: a phone has to link it anew.' },
        failed,
      },
    },
    delivery,
  },
});
