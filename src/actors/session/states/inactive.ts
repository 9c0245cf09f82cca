import { loginCandidateOf } from '../../login/login-priority.ts';
import { alreadyLinked, alreadyLinkedForCode, noQrYet } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/**
 * A state in which nothing runs: stopped, logged out, or failed. Asking for a code to link begins linking; logging
 * out forgets the credentials here only, as WhatsApp cannot be told without a connection.
 */
export const inactive = sessionSetup.createStateConfig({
  on: {
    'session.start': { target: '#waking', actions: ['forgetHistory', 'joinEnders'] },
    'session.stop': { actions: 'confirm' },
    'session.shutDown': { actions: 'confirm' },
    'session.logout': [
      {
        guard: 'isLinked',
        target: '#settling',
        actions: [
          { type: 'noteRest', params: { status: 'logged_out', reason: 'unlinked_offline', retryAt: null } },
          { type: 'noteAsker', params: ({ event }) => event.asker },
          'joinEnders',
        ],
      },
      { actions: 'confirm' },
    ],
    'session.qr': [
      {
        guard: 'isLinked',
        actions: { type: 'refuse', params: alreadyLinked },
      },
      {
        target: '#waking',
        actions: ['forgetHistory', { type: 'refuse', params: noQrYet }],
      },
    ],
    'session.pairingCode': [
      {
        guard: 'isLinked',
        actions: {
          type: 'refuse',
          params: alreadyLinkedForCode,
        },
      },
      {
        target: '#waking',
        actions: ['forgetHistory', { type: 'holdCodeRequest', params: ({ event }) => event }],
      },
    ],
    'session.perform': { actions: ['readClock', 'refuseResting'] },
    'message.send': { actions: ['readClock', 'refuseResting'] },
  },
});

/** Rests until somebody starts it, or until the time has come to try again. */
export const failed = sessionSetup.createStateConfig({
  description: 'WhatsApp does not let it in. Rests until somebody starts it, or until it is time to try again.',
  on: {
    ...inactive.on,
    'session.stop': [
      {
        guard: 'comesBack',
        target: '#settling',
        actions: [{ type: 'noteRest', params: { status: 'stopped', reason: null, retryAt: null } }, 'joinEnders'],
      },
      { actions: 'confirm' },
    ],
    'session.shutDown': { target: '.forGood', actions: 'confirm' },
  },
  entry: 'readClock',
  initial: 'deciding',
  states: {
    deciding: {
      description: 'Looks whether it comes back by itself.',
      always: [{ guard: 'isOutdated', target: 'outdated' }, { guard: 'comesBack', target: 'waiting' }, 'forGood'],
    },
    waiting: { description: 'Comes back by itself when the time has come.', after: { rest: '#waking' } },
    outdated: {
      description:
        'WhatsApp refuses this version of the client to every session of the process; one at a time tries again.',
      invoke: {
        src: 'circuit',
        input: ({ context }) => ({ candidate: loginCandidateOf(context), until: context.rest?.retryAt ?? null }),
      },
      on: {
        'circuit.scheduled': { actions: { type: 'noteRetry', params: ({ event }) => event.at } },
        'circuit.passed': { target: 'waiting', actions: ['readClock', { type: 'noteRetry', params: null }] },
      },
    },
    forGood: { description: 'Until somebody starts it.' },
  },
});
