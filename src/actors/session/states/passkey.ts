import { passkeyRequired } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** A phone has accepted the code, and WhatsApp wants a passkey before it links the number. */
export const passkey = sessionSetup.createStateConfig({
  description: 'A phone has accepted the code; WhatsApp waits for the passkey of the number.',
  id: 'passkey',
  exit: 'clearPasskey',
  after: { passkey: { actions: { type: 'closeSocket', params: 'passkey_required' } } },
  on: {
    'socket.paired': { actions: { type: 'setAccount', params: ({ event }) => event.account } },
    'socket.closed': {
      guard: { type: 'pairingIsExhausted', params: ({ event }) => event.reason },
      target: '#settling',
      actions: {
        type: 'setInactive',
        params: ({ event }) => ({ status: 'stopped', reason: event.reason, retryAt: null }),
      },
    },
    'session.qr': { guard: 'isUnlinked', actions: { type: 'refuse', params: passkeyRequired } },
    'session.pairingCode': { guard: 'isUnlinked', actions: { type: 'refuse', params: passkeyRequired } },
  },
});
