import { interrupted, noAnswer, passkeyElsewhere, passkeyRequired } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** A phone has accepted the code, and WhatsApp wants a passkey before it links the number. */
export const passkey = sessionSetup.createStateConfig({
  description: 'A phone has accepted the code; WhatsApp waits for the passkey of the number.',
  id: 'passkey',
  exit: [{ type: 'refusePasskeyRequest', params: interrupted }, 'clearPasskey'],
  after: { passkey: { actions: { type: 'closeSocket', params: 'passkey_required' } } },
  on: {
    'socket.passkey': {
      target: 'passkey',
      reenter: true,
      actions: [
        'readClock',
        { type: 'setPasskey', params: ({ event }) => event },
        { type: 'record', params: ({ event }) => event },
      ],
    },
    'socket.passkeyCode': {
      actions: [
        { type: 'setPasskeyCode', params: ({ event }) => event.code },
        { type: 'record', params: ({ event }) => event },
      ],
    },
    'socket.passkeyAnswered': { actions: { type: 'answerPasskey', params: ({ event }) => event.refusal } },
    'socket.paired': { actions: ['clearReason', { type: 'setAccount', params: ({ event }) => event.account }] },
    'socket.closed': {
      guard: { type: 'pairingIsExhausted', params: ({ event }) => event.reason },
      target: '#settling',
      actions: {
        type: 'setInactive',
        params: ({ event }) => ({ status: 'stopped', reason: event.reason, retryAt: null }),
      },
    },
    'request.expired': {
      guard: { type: 'isPasskeyRequest', params: ({ event }) => event.requestId },
      actions: { type: 'refusePasskeyRequest', params: noAnswer },
    },
    'session.qr': { guard: 'isUnlinked', actions: { type: 'refuse', params: passkeyRequired } },
    'session.pairingCode': { guard: 'isUnlinked', actions: { type: 'refuse', params: passkeyRequired } },
    'session.passkey': { actions: { type: 'showPasskey', params: ({ event }) => event.requestId } },
    'session.assertPasskey': [
      {
        guard: { type: 'isPasskeyAwaited', params: 'assertion' },
        actions: [
          { type: 'setPasskeyRequest', params: ({ event }) => event.requestId },
          { type: 'assertPasskey', params: ({ event }) => event.assertion },
        ],
      },
      { actions: { type: 'refuse', params: passkeyElsewhere } },
    ],
    'session.confirmPasskey': [
      {
        guard: { type: 'isPasskeyAwaited', params: 'confirmation' },
        actions: [{ type: 'setPasskeyRequest', params: ({ event }) => event.requestId }, 'confirmPasskey'],
      },
      { actions: { type: 'refuse', params: passkeyElsewhere } },
    ],
  },
});
