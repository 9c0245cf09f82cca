import { storeUnavailable } from '../../../domain/errors.ts';
import { loginCandidateOf } from '../login-candidate.ts';
import { interrupted, noQrYet, notConnected, pairingCodePending, tooManyActions, tooManyWaiting } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';
import { passkey } from './passkey.ts';

/** From dialling to being logged in or having a code to link with. */
const handshakeTimeoutMs = 30_000;

/** How long codes are offered without being scanned before linking is given up. */
const pairingTimeoutMs = 180_000;

/** Without a connection nothing has to be closed when the store fails, and no failed attempt is counted. */
const offline = sessionSetup.createStateConfig({
  on: { 'store.failed': { actions: { type: 'refuseAllWaiting', params: storeUnavailable } } },
});

const opening = sessionSetup.createStateConfig({
  description: 'One connection attempt.',
  initial: 'queueing',
  invoke: {
    src: 'login',
    input: ({ context }) => loginCandidateOf(context),
  },
  states: {
    queueing: {
      description: 'Waits for its turn to log in.',
      on: {
        ...offline.on,
        'login.granted': { target: 'dialling', actions: ['readClock', 'recordDial'] },
        'login.refused': {
          target: '#settling',
          actions: ['readClock', { type: 'recordEnd', params: { reason: 'client_outdated' } }],
        },
      },
    },
    dialling: {
      description: 'Dials, until it is logged in or gets a code to link with.',
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
          actions: ['readClock', 'recordOpened', { type: 'setAccount', params: ({ event }) => event.account }],
        },
      },
    },
  },
});

const pairing = sessionSetup.createStateConfig({
  description: 'WhatsApp waits for a phone to link this device, by QR code or by pairing code.',
  id: 'pairing',
  entry: 'requestCode',
  exit: ['clearQr', 'refuseCodeRequest'],
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
    'socket.passkey': {
      target: '#passkey',
      actions: [
        'readClock',
        { type: 'setPasskey', params: ({ event }) => event },
        { type: 'record', params: ({ event }) => event },
      ],
    },
    'socket.paired': {
      actions: ['clearQr', { type: 'setAccount', params: ({ event }) => event.account }],
    },
    'socket.closed': {
      guard: { type: 'pairingIsExhausted', params: ({ event }) => event.reason },
      target: '#settling',
      actions: {
        type: 'setInactive',
        params: ({ event }) => ({ status: 'stopped', reason: event.reason, retryAt: null }),
      },
    },
    'session.qr': {
      guard: 'hasQr',
      actions: { type: 'answerQr', params: ({ event }) => event.requestId },
    },
    'session.pairingCode': {
      guard: 'mayRequestCode',
      actions: [{ type: 'setCodeRequest', params: ({ event }) => event }, 'requestCode'],
    },
  },
});

const resolving = sessionSetup.createStateConfig({
  description: 'Logged in. The send in doubt is settled before anything else is sent.',
  id: 'resolving',
  initial: 'recording',
  states: {
    recording: {
      description: 'Stores that the session is connected.',
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
  description: 'Connects by itself. Sends of a linked number wait here until their deadline.',
  initial: 'opening',
  entry: { type: 'refuseRunningActions', params: interrupted },
  on: {
    'session.perform': [
      {
        guard: 'isUnlinked',
        actions: { type: 'refuse', params: notConnected('pairing') },
      },
      { guard: 'areActionsFull', actions: { type: 'refuse', params: tooManyActions } },
      { actions: { type: 'addAction', params: ({ event }) => event } },
    ],
    'session.qr': {
      guard: 'isUnlinked',
      actions: { type: 'refuse', params: noQrYet },
    },
    'session.pairingCode': [
      {
        guard: 'mayRequestCode',
        actions: { type: 'setCodeRequest', params: ({ event }) => event },
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
      { actions: { type: 'addWaiting', params: ({ event }) => event } },
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
        guard: { type: 'isPendingAction', params: ({ event }) => event.requestId },
        actions: { type: 'refuseAction', params: notConnected('connecting') },
      },
    ],
  },
  states: {
    opening,
    pairing,
    passkey,
    resolving,
    backingOff: {
      description: 'Waits before the next attempt.',
      entry: 'cancelCloseTimeout',
      exit: 'clearRetry',
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
