import { busy, ending, interrupted, noQrYet, notConnected } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** How long the send in flight is awaited; after that it stays in doubt and is settled by the next connection. */
const finishTimeoutMs = 10_000;

/** How long WhatsApp has to end the connection after this device was removed. */
const unlinkTimeoutMs = 10_000;

/** What a session on its way to rest answers; it holds nothing any more. */
export const endingAnswers = sessionSetup.createStateConfig({
  entry: [
    { type: 'refuseAllWaiting', params: ({ context: { rest, now } }) => ending(rest, now) },
    'refuseCodeRequest',
    { type: 'refusePerforming', params: interrupted },
  ],
  on: {
    'session.stop': { actions: 'joinEnders' },
    'session.shutDown': { actions: 'joinEnders' },
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
    'session.perform': { actions: { type: 'refuse', params: notConnected('draining') } },
    'message.send': {
      actions: {
        type: 'refuse',
        params: notConnected('draining'),
      },
    },
  },
});

/** What a session answers that is about to connect: a start joins the one that runs, and nothing else is begun. */
export const wakingAnswers = sessionSetup.createStateConfig({
  on: {
    'request.expired': {
      guard: { type: 'isCodeRequest', params: ({ event }) => event.requestId },
      actions: 'refuseCodeRequest',
    },
    'session.start': { actions: 'joinEnders' },
    'session.shutDown': { actions: 'confirm' },
    'session.stop': { actions: { type: 'refuse', params: busy } },
    'session.logout': { actions: { type: 'refuse', params: busy } },
    'session.qr': { actions: { type: 'refuse', params: noQrYet } },
    'session.pairingCode': { actions: { type: 'refuse', params: busy } },
    'session.perform': { actions: { type: 'refuse', params: notConnected('connecting') } },
    'message.send': { actions: { type: 'refuse', params: notConnected('connecting') } },
  },
});

export const draining = sessionSetup.createStateConfig({
  description: 'No new work: the send in flight is awaited, the device is removed if asked, the socket is closed.',
  entry: endingAnswers.entry,
  initial: 'finishing',
  on: {
    ...endingAnswers.on,
    'socket.closed': [
      {
        guard: { type: 'isLoggedOutBy', params: ({ event }) => event.reason },
        target: '#settling',
        actions: ['readClock', { type: 'noteEnd', params: ({ event }) => event }],
      },
      { target: '#settling', actions: 'noteStillLinked' },
    ],
    'socket.overdue': { target: '#settling', actions: ['noteStillLinked', 'tellCrash'] },
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
          { target: '#settling', actions: 'noteStillLinked' },
        ],
      },
    },
    closing: {
      description: 'Closes the socket.',
      entry: { type: 'closeSocket', params: 'stopped' },
    },
  },
});
