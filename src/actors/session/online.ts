import { connecting } from './connecting.ts';
import { draining } from './draining.ts';
import { alreadyLinked, alreadyLinkedForCode, notDispatched, tooManyWaiting } from './refusals.ts';
import { session } from './setup.ts';

/** How long a connection must last before earlier failures are forgotten. */
const stableMs = 30_000;

/** Sends go out, one at a time (see `delivery.ts`). */
const connected = session.createStateConfig({
  id: 'connected',
  entry: 'noteConnected',
  after: { [stableMs]: { actions: 'forgetAttempts' } },
  on: {
    'message.send': [
      {
        guard: 'isWaitingFull',
        actions: { type: 'refuse', params: tooManyWaiting },
      },
      { actions: { type: 'hold', params: ({ event }) => event } },
    ],
    'request.expired': {
      guard: { type: 'isWaiting', params: ({ event }) => event.requestId },
      actions: {
        type: 'refuseWaiting',
        params: notDispatched,
      },
    },
    'session.logout': {
      target: 'draining',
      actions: [{ type: 'noteRest', params: { status: 'logged_out', reason: 'unlinked' } }, 'joinEnders'],
    },
  },
});

/** The session is meant to run. It holds its socket actor; leaving this state always ends the connection. */
export const online = session.createStateConfig({
  initial: 'connecting',
  invoke: {
    id: 'socket',
    src: 'socket',
    input: ({ context: { organization, session } }) => ({ organization, session }),
    onError: [
      { guard: 'isEnding', target: 'settling', actions: ['noteStillLinked', 'tellCrash'] },
      {
        target: '.connecting.backingOff',
        reenter: true,
        actions: [{ type: 'noteLoss', params: 'crashed' }, 'tellCrash'],
      },
    ],
  },
  on: {
    'socket.closed': [
      {
        guard: { type: 'verdictIs', params: ({ event }) => ({ reason: event.reason, verdict: 'restart' }) },
        target: '.connecting.opening',
        actions: { type: 'noteReason', params: ({ event }) => event.reason },
      },
      {
        guard: { type: 'verdictIs', params: ({ event }) => ({ reason: event.reason, verdict: 'retry' }) },
        target: '.connecting.backingOff',
        actions: { type: 'noteLoss', params: ({ event }) => event.reason },
      },
      { target: 'settling', actions: { type: 'noteEnd', params: ({ event }) => event.reason } },
    ],
    'session.start': { actions: 'confirm' },
    'session.stop': {
      target: '.draining',
      actions: [{ type: 'noteRest', params: { status: 'stopped', reason: null } }, 'joinEnders'],
    },
    'session.shutDown': {
      target: '.draining',
      actions: 'joinEnders',
    },
    'session.logout': {
      target: '.draining',
      actions: [{ type: 'noteRest', params: { status: 'logged_out', reason: 'unlinked_offline' } }, 'joinEnders'],
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
  states: { connecting, connected, draining },
});
