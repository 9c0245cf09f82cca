import { storeUnavailable } from '../../../domain/errors.ts';
import {
  alreadyLinked,
  alreadyLinkedForCode,
  noAnswer,
  notDispatched,
  tooManyActions,
  tooManyWaiting,
} from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';
import { connecting } from './connecting.ts';
import { draining } from './draining.ts';

/** What a session answers while it is logged in, whether or not there are tokens. */
const openAnswers = sessionSetup.createStateConfig({
  on: {
    'request.expired': [
      {
        guard: { type: 'isWaiting', params: ({ event }) => event.requestId },
        actions: { type: 'refuseWaiting', params: notDispatched },
      },
      {
        guard: { type: 'isPerforming', params: ({ event }) => event.requestId },
        actions: { type: 'refuseAction', params: noAnswer },
      },
    ],
    'session.perform': [
      { guard: 'areActionsFull', actions: { type: 'refuse', params: tooManyActions } },
      { actions: [{ type: 'holdAction', params: ({ event }) => event }, 'performHeld'] },
    ],
    'session.logout': {
      target: 'draining',
      actions: [
        { type: 'noteRest', params: { status: 'logged_out', reason: 'unlinked', retryAt: null } },
        { type: 'noteAsker', params: ({ event }) => event.asker },
        'joinEnders',
      ],
    },
  },
});

const connected = sessionSetup.createStateConfig({
  description: 'Sends go out, one at a time.',
  id: 'connected',
  entry: ['readClock', 'noteConnected', 'forgetLimit', 'performHeld'],
  on: {
    ...openAnswers.on,
    'outbox.limited': { target: 'rateLimited', actions: { type: 'noteLimit', params: ({ event }) => event.limit } },
    'message.send': [
      { guard: 'isWaitingFull', actions: { type: 'refuse', params: tooManyWaiting } },
      { actions: { type: 'hold', params: ({ event }) => event } },
    ],
  },
});

const rateLimited = sessionSetup.createStateConfig({
  description: 'The rate limit is used up: synchronous sends are refused, queued ones wait.',
  entry: 'refuseWaitingOverLimit',
  after: { limit: 'connected' },
  on: {
    ...openAnswers.on,
    'settings.changed': 'connected',
    'message.send': [
      {
        guard: { type: 'isExempt', params: ({ event }) => event },
        actions: { type: 'hold', params: ({ event }) => event },
      },
      { actions: 'refuseOverLimit' },
    ],
  },
});

export const online = sessionSetup.createStateConfig({
  description: 'Meant to run. Holds the socket; leaving this state always ends the connection.',
  initial: 'connecting',
  exit: 'callOffOverdue',
  invoke: [
    {
      id: 'socket',
      src: 'socket',
      input: ({ context: { organization, session } }) => ({ organization, session }),
      onError: [
        { guard: 'isEnding', target: 'settling', actions: ['noteStillLinked', 'tellCrash'] },
        {
          target: '.connecting.backingOff',
          reenter: true,
          actions: ['readClock', { type: 'noteLoss', params: 'crashed' }, 'tellCrash'],
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
        guard: { type: 'endsInRest', params: ({ event }) => event.reason },
        target: 'settling',
        actions: ['readClock', { type: 'noteEnd', params: ({ event }) => event }],
      },
      {
        target: '.connecting.backingOff',
        actions: ['readClock', { type: 'noteLoss', params: ({ event }) => event.reason }],
      },
    ],
    'socket.overdue': {
      target: '.connecting.backingOff',
      reenter: true,
      actions: ['readClock', { type: 'noteLoss', params: 'crashed' }, 'tellCrash'],
    },
    'socket.receipt': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.received': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.voted': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.group': { actions: { type: 'record', params: ({ event }) => event } },
    'socket.caughtUp': { actions: 'noteBacklogTold' },
    'socket.performed': { actions: 'answerPerformed' },
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
      actions: [{ type: 'noteRest', params: { status: 'stopped', reason: null, retryAt: null } }, 'joinEnders'],
    },
    'session.shutDown': {
      target: '.draining',
      actions: 'joinEnders',
    },
    'session.logout': {
      target: '.draining',
      actions: [
        { type: 'noteRest', params: { status: 'logged_out', reason: 'unlinked_offline', retryAt: null } },
        { type: 'noteAsker', params: ({ event }) => event.asker },
        'joinEnders',
      ],
    },
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
