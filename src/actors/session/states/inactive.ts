import { loginCandidateOf } from '../login-candidate.ts';
import { alreadyLinked, alreadyLinkedForCode, noPasskeyAsked, noQrYet } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/**
 * The answers of an inactive session: stopped, logged out, or failed. Requesting a code begins linking; logging out only
 * deletes the local credentials, as WhatsApp cannot be informed without a connection.
 */
export const inactive = sessionSetup.createStateConfig({
  on: {
    'session.start': { target: '#waking', actions: ['clearHistory', 'awaitTransition'] },
    'session.stop': { actions: 'confirm' },
    'session.shutDown': { actions: 'confirm' },
    'session.logout': [
      {
        guard: 'isLinked',
        target: '#settling',
        actions: [
          { type: 'setInactive', params: { status: 'logged_out', reason: 'unlinked_offline', retryAt: null } },
          { type: 'setRequester', params: ({ event }) => event.asker },
          'awaitTransition',
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
        actions: ['clearHistory', { type: 'refuse', params: noQrYet }],
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
        actions: ['clearHistory', { type: 'setCodeRequest', params: ({ event }) => event }],
      },
    ],
    'session.passkey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.assertPasskey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.confirmPasskey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.perform': { actions: ['readClock', 'refuseInactive'] },
    'message.send': { actions: ['readClock', 'refuseInactive'] },
  },
});

/** Inactive until a request starts it, or until the next attempt is due. */
export const failed = sessionSetup.createStateConfig({
  description: 'Cannot log in. Inactive until a request starts it, or until the next attempt is due.',
  on: {
    ...inactive.on,
    'session.stop': [
      {
        guard: 'retriesLater',
        target: '#settling',
        actions: [
          { type: 'setInactive', params: { status: 'stopped', reason: null, retryAt: null } },
          'awaitTransition',
        ],
      },
      { actions: 'confirm' },
    ],
    'session.shutDown': { target: '.forGood', actions: 'confirm' },
  },
  entry: 'readClock',
  initial: 'deciding',
  states: {
    deciding: {
      description: 'Decides whether it connects by itself later.',
      always: [{ guard: 'isOutdated', target: 'outdated' }, { guard: 'retriesLater', target: 'waiting' }, 'forGood'],
    },
    waiting: { description: 'Connects by itself when the next attempt is due.', after: { retry: '#waking' } },
    outdated: {
      description: 'WhatsApp refuses this version of the client to every session of the process; one at a time tries.',
      invoke: {
        src: 'breaker',
        input: ({ context }) => ({ candidate: loginCandidateOf(context), until: context.inactive?.retryAt ?? null }),
      },
      on: {
        'breaker.scheduled': { actions: { type: 'setRetryAt', params: ({ event }) => event.at } },
        'breaker.passed': { target: 'waiting', actions: ['readClock', { type: 'setRetryAt', params: null }] },
      },
    },
    forGood: { description: 'Until a request starts it.' },
  },
});
