import { storeUnavailable } from '../../../domain/errors.ts';
import { loginCandidateOf } from '../../login/login-priority.ts';
import { interrupted, noQrYet, notConnected, pairingCodePending, tooManyActions, tooManyWaiting } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** How long a connection may take from dialling to being logged in or showing a code. */
const handshakeTimeoutMs = 30_000;

/** How long codes are shown to nobody before linking is given up. */
const pairingTimeoutMs = 180_000;

/** Without a connection there is none to end when the store fails, and no attempt is counted. */
const offline = sessionSetup.createStateConfig({
  on: { 'store.failed': { actions: { type: 'refuseAllWaiting', params: storeUnavailable } } },
});

const opening = sessionSetup.createStateConfig({
  description: 'One attempt to connect.',
  initial: 'queueing',
  invoke: {
    src: 'admission',
    input: ({ context }) => loginCandidateOf(context),
  },
  states: {
    queueing: {
      description: 'Waits for its turn among all sessions.',
      on: {
        ...offline.on,
        'admission.granted': { target: 'dialling', actions: ['readClock', 'noteDial'] },
        'admission.refused': {
          target: '#settling',
          actions: ['readClock', { type: 'noteEnd', params: { reason: 'client_outdated' } }],
        },
      },
    },
    dialling: {
      description: 'Dials, until it is logged in or gets a code to be linked with.',
      entry: 'openSocket',
      after: { [handshakeTimeoutMs]: { actions: { type: 'closeSocket', params: 'connect_timeout' } } },
      on: {
        'socket.qr': {
          target: '#pairing',
          actions: [
            { type: 'showQr', params: ({ event }) => event },
            { type: 'record', params: ({ event }) => event },
          ],
        },
        'socket.opened': {
          target: '#resolving',
          actions: ['readClock', 'noteOpened', { type: 'noteAccount', params: ({ event }) => event.account }],
        },
      },
    },
  },
});

const pairing = sessionSetup.createStateConfig({
  description: 'WhatsApp waits for a phone to link this device, by QR code or by a code that is typed.',
  id: 'pairing',
  entry: 'requestCode',
  exit: ['forgetQr', 'refuseCodeRequest'],
  after: { [pairingTimeoutMs]: { actions: { type: 'closeSocket', params: 'qr_expired' } } },
  on: {
    'socket.qr': {
      actions: [
        { type: 'showQr', params: ({ event }) => event },
        { type: 'record', params: ({ event }) => event },
      ],
    },
    'socket.pairingCode': {
      actions: [
        { type: 'answerCode', params: ({ event }) => event },
        { type: 'record', params: ({ event }) => event },
      ],
    },
    'socket.paired': {
      actions: ['forgetQr', { type: 'noteAccount', params: ({ event }) => event.account }],
    },
    'socket.closed': {
      guard: { type: 'pairingIsExhausted', params: ({ event }) => event.reason },
      target: '#settling',
      actions: {
        type: 'noteRest',
        params: ({ event }) => ({ status: 'stopped', reason: event.reason, retryAt: null }),
      },
    },
    'session.qr': {
      guard: 'hasQr',
      actions: { type: 'answerQr', params: ({ event }) => event.requestId },
    },
    'session.pairingCode': {
      guard: 'mayRequestCode',
      actions: [{ type: 'holdCodeRequest', params: ({ event }) => event }, 'requestCode'],
    },
  },
});

const resolving = sessionSetup.createStateConfig({
  description: 'Logged in. The send in doubt is settled before anything else is sent.',
  id: 'resolving',
  initial: 'recording',
  states: {
    recording: {
      description: 'Stores that it is connected.',
      invoke: {
        src: 'recordConnected',
        input: ({ context: { organization, session, account } }) => ({ organization, session, account }),
        onDone: 'settling',
        onError: { actions: { type: 'closeSocket', params: 'store_unavailable' } },
      },
    },
    settling: {
      description: 'Waits until the send in doubt is settled.',
      always: { guard: 'isSettled', target: '#connected' },
    },
  },
});

export const connecting = sessionSetup.createStateConfig({
  description: 'On the way to being connected, by itself. Sends of a linked number wait here until their deadline.',
  initial: 'opening',
  entry: { type: 'refusePerforming', params: interrupted },
  on: {
    'session.perform': [
      {
        guard: 'isUnlinked',
        actions: { type: 'refuse', params: notConnected('pairing') },
      },
      { guard: 'areActionsFull', actions: { type: 'refuse', params: tooManyActions } },
      { actions: { type: 'holdAction', params: ({ event }) => event } },
    ],
    'session.qr': {
      guard: 'isUnlinked',
      actions: { type: 'refuse', params: noQrYet },
    },
    'session.pairingCode': [
      {
        guard: 'mayRequestCode',
        actions: { type: 'holdCodeRequest', params: ({ event }) => event },
      },
      {
        guard: 'isUnlinked',
        actions: {
          type: 'refuse',
          params: pairingCodePending,
        },
      },
    ],
    'message.send': [
      {
        guard: 'isUnlinked',
        actions: {
          type: 'refuse',
          params: notConnected('pairing'),
        },
      },
      {
        guard: 'isWaitingFull',
        actions: { type: 'refuse', params: tooManyWaiting },
      },
      { actions: { type: 'hold', params: ({ event }) => event } },
    ],
    'request.expired': [
      {
        guard: { type: 'isWaiting', params: ({ event }) => event.requestId },
        actions: {
          type: 'refuseWaiting',
          params: notConnected('connecting'),
        },
      },
      {
        guard: { type: 'isHeld', params: ({ event }) => event.requestId },
        actions: { type: 'refuseAction', params: notConnected('connecting') },
      },
    ],
  },
  states: {
    opening,
    pairing,
    resolving,
    backingOff: {
      description: 'Waits before the next attempt.',
      entry: 'callOffOverdue',
      exit: 'forgetRetry',
      after: { backoff: 'opening' },
      on: {
        ...offline.on,
        'socket.closed': {},
        'session.start': {
          target: 'opening',
          actions: 'confirm',
        },
      },
    },
  },
});
