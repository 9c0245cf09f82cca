import { storeUnavailable } from '../../../domain/errors.ts';
import {
  alreadyLinked,
  alreadyLinkedForCode,
  noAnswer,
  noPasskeyAsked,
  notDispatched,
  tooManyActions,
  tooManyWaiting,
} from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';
import { connecting } from './connecting.ts';
import { draining } from './draining.ts';

/** The answers of a logged-in session, with or without tokens. */
const openAnswers = sessionSetup.createStateConfig({
  on: {
    'request.expired': [
      {
        guard: { type: 'isWaiting', params: ({ event }) => event.requestId },
        actions: { type: 'refuseWaiting', params: notDispatched },
      },
      {
        guard: { type: 'isRunningAction', params: ({ event }) => event.requestId },
        actions: { type: 'refuseAction', params: noAnswer },
      },
    ],
    'session.perform': [
      { guard: 'areActionsFull', actions: { type: 'refuse', params: tooManyActions } },
      { actions: [{ type: 'addAction', params: ({ event }) => event }, 'runPendingActions'] },
    ],
    'session.logout': {
      target: 'draining',
      actions: [
        { type: 'setInactive', params: { status: 'logged_out', reason: 'unlinked', retryAt: null } },
        { type: 'setRequester', params: ({ event }) => event.asker },
        'awaitTransition',
      ],
    },
  },
});

const connected = sessionSetup.createStateConfig({
  description: 'Sends one message at a time.',
  id: 'connected',
  entry: ['readClock', 'setConnected', 'clearLimit', 'runPendingActions', 'updatePresence'],
  on: {
    ...openAnswers.on,
    'settings.changed': { actions: 'updatePresence' },
    'outbox.limited': { target: 'rateLimited', actions: { type: 'setLimit', params: ({ event }) => event.limit } },
    'message.send': [
      { guard: 'isWaitingFull', actions: { type: 'refuse', params: tooManyWaiting } },
      { actions: { type: 'addWaiting', params: ({ event }) => event } },
    ],
  },
});

const rateLimited = sessionSetup.createStateConfig({
  description: 'The rate limit is reached: synchronous sends are refused, queued ones wait.',
  entry: 'refuseWaitingOverLimit',
  after: { limit: 'connected' },
  on: {
    ...openAnswers.on,
    'settings.changed': 'connected',
    'message.send': [
      {
        guard: { type: 'isExempt', params: ({ event }) => event },
        actions: { type: 'addWaiting', params: ({ event }) => event },
      },
      { actions: 'refuseOverLimit' },
    ],
  },
});

export const online = sessionSetup.createStateConfig({
  description: 'Meant to run. Owns the socket; leaving this state always ends the connection.',
  initial: 'connecting',
  exit: 'cancelCloseTimeout',
  invoke: [
    {
      id: 'socket',
      src: 'socket',
      input: ({ context: { organization, session } }) => ({ organization, session }),
      onError: [
        { guard: 'isEnding', target: 'settling', actions: ['setStillLinked', 'raiseCrashed'] },
        {
          target: '.connecting.backingOff',
          reenter: true,
          actions: ['readClock', { type: 'scheduleRetry', params: 'crashed' }, 'raiseCrashed'],
        },
      ],
    },
    {
      id: 'recorder',
      src: 'recorder',
      input: ({ context: { organization, session } }) => ({ organization, session }),
    },
  ],
  on: {
    'socket.closed': [
      {
        guard: { type: 'endsInactive', params: ({ event }) => event.reason },
        target: 'settling',
        actions: ['readClock', { type: 'recordEnd', params: ({ event }) => event }],
      },
      {
        target: '.connecting.backingOff',
        actions: ['readClock', { type: 'scheduleRetry', params: ({ event }) => event.reason }],
      },
    ],
    'socket.closeTimeout': {
      target: '.connecting.backingOff',
      reenter: true,
      actions: ['readClock', { type: 'scheduleRetry', params: 'crashed' }, 'raiseCrashed'],
    },
    'socket.receipt': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.received': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.contact': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.voted': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.timer': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.restricted': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.group': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.groupLeft': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.groupList': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.caughtUp': { actions: 'finishOfflineSync' },
    'socket.performed': { actions: 'answerAction' },
    'store.failed': {
      actions: [
        { type: 'refuseAllWaiting', params: storeUnavailable },
        { type: 'closeSocket', params: 'store_unavailable' },
      ],
    },
    'recorder.unread': { actions: { type: 'markRead', params: ({ event }) => event.message } },
    'request.expired': {
      guard: { type: 'isCodeRequest', params: ({ event }) => event.requestId },
      actions: 'refuseCodeRequest',
    },
    'session.start': { actions: 'confirm' },
    'session.stop': {
      target: '.draining',
      actions: [{ type: 'setInactive', params: { status: 'stopped', reason: null, retryAt: null } }, 'awaitTransition'],
    },
    'session.shutDown': {
      target: '.draining',
      actions: 'awaitTransition',
    },
    'session.logout': {
      target: '.draining',
      actions: [
        { type: 'setInactive', params: { status: 'logged_out', reason: 'unlinked_offline', retryAt: null } },
        { type: 'setRequester', params: ({ event }) => event.asker },
        'awaitTransition',
      ],
    },
    'session.passkey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.assertPasskey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.confirmPasskey': { actions: { type: 'refuse', params: noPasskeyAsked } },
    'session.qr': {
      actions: { type: 'refuse', params: alreadyLinked },
    },
    'session.pairingCode': {
      actions: {
        type: 'refuse',
        params: alreadyLinkedForCode,
      },
    },
  },
  states: { connecting, connected, rateLimited, draining },
});
