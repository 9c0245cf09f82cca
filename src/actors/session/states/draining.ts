import { busy, ending, interrupted, noPasskeyAsked, noQrYet, notConnected } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** How long the send in flight is awaited; after that it stays in doubt until the next connection settles it. */
const finishTimeoutMs = 10_000;

/** How long WhatsApp has to end the connection after this device was removed. */
const unlinkTimeoutMs = 10_000;

/** The answers of a session that becomes inactive; no request waits any more. */
export const endingAnswers = sessionSetup.createStateConfig({
  entry: [
    { type: 'refuseAllWaiting', params: ({ context: { inactive, now } }) => ending(inactive, now) },
    'refuseCodeRequest',
    { type: 'refuseRunningActions', params: interrupted },
  ],
  on: {
    'session.stop': { actions: 'awaitTransition' },
    'session.shutDown': { actions: 'awaitTransition' },
    'session.start': {
      actions: { type: 'refuse', params: busy },
    },
    'session.logout': {
      actions: { type: 'refuse', params: busy },
    },
    'session.qr': {
      actions: { type: 'refuse', params: busy },
    },
    'session.pairingCode': {
      actions: { type: 'refuse', params: busy },
    },
    'session.passkey': { actions: { type: 'refuse', params: busy } },
    'session.assertPasskey': { actions: { type: 'refuse', params: busy } },
    'session.confirmPasskey': { actions: { type: 'refuse', params: busy } },
    'session.perform': { actions: { type: 'refuse', params: notConnected('draining') } },
    'message.send': {
      actions: {
        type: 'refuse',
        params: notConnected('draining'),
      },
    },
  },
});

/** The answers of a session that is about to connect: a further start is answered with the first, the rest is refused. */
export const wakingAnswers = sessionSetup.createStateConfig({
  on: {
    'request.expired': {
      guard: { type: 'isCodeRequest', params: ({ event }) => event.requestId },
      actions: 'refuseCodeRequest',
    },
    'session.start': { actions: 'awaitTransition' },
    'session.shutDown': { actions: 'confirm' },
    'session.stop': { actions: { type: 'refuse', params: busy } },
    'session.logout': { actions: { type: 'refuse', params: busy } },
    'session.qr': { actions: { type: 'refuse', params: noQrYet } },
    'session.pairingCode': { actions: { type: 'refuse', params: busy } },
    'session.passkey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.assertPasskey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.confirmPasskey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.perform': { actions: { type: 'refuse', params: notConnected('connecting') } },
    'message.send': { actions: { type: 'refuse', params: notConnected('connecting') } },
  },
});

export const draining = sessionSetup.createStateConfig({
  description: 'Accepts nothing: awaits the send in flight, removes the device if requested, closes the socket.',
  entry: endingAnswers.entry,
  initial: 'finishing',
  on: {
    ...endingAnswers.on,
    'socket.closed': [
      {
        guard: { type: 'isLoggedOutBy', params: ({ event }) => event.reason },
        target: '#settling',
        actions: ['readClock', { type: 'recordEnd', params: ({ event }) => event }],
      },
      { target: '#settling', actions: 'setStillLinked' },
    ],
    'socket.closeTimeout': { target: '#settling', actions: ['setStillLinked', 'raiseCrashed'] },
  },
  states: {
    finishing: {
      description: 'Waits for the send in flight.',
      always: [
        { guard: 'mayUnlink', target: 'unlinking' },
        { guard: 'hasNothingOnTheWire', target: 'closing' },
      ],
      after: { [finishTimeoutMs]: [{ guard: 'mustUnlink', target: 'unlinking' }, { target: 'closing' }] },
    },
    unlinking: {
      description: 'Removes the device from the account.',
      entry: 'unlink',
      after: { [unlinkTimeoutMs]: 'closing' },
      on: {
        'socket.closed': [
          {
            guard: { type: 'isLoggedOutBy', params: ({ event }) => event.reason },
            target: '#settling',
          },
          { target: '#settling', actions: 'setStillLinked' },
        ],
      },
    },
    closing: {
      description: 'Closes the socket.',
      entry: { type: 'closeSocket', params: 'stopped' },
    },
  },
});
