import type { RestingStatus } from '../../domain/session.ts';
import { alreadyLinked, alreadyLinkedForCode, noQrYet, notConnected } from './refusals.ts';
import { session } from './setup.ts';

/**
 * A state in which nothing runs until somebody acts: stopped, logged out, or failed. Asking for a code to link
 * begins linking; logging out forgets the credentials here only, as WhatsApp cannot be told without a connection.
 */
export function resting(status: RestingStatus) {
  return session.createStateConfig({
    on: {
      'session.start': {
        target: 'online',
        actions: ['noteRunning', 'confirm'],
      },
      'session.stop': { actions: 'confirm' },
      'session.shutDown': { actions: 'confirm' },
      'session.logout': [
        {
          guard: 'isLinked',
          target: 'settling',
          actions: [{ type: 'noteRest', params: { status: 'logged_out', reason: 'unlinked_offline' } }, 'joinEnders'],
        },
        { actions: 'confirm' },
      ],
      'session.qr': [
        {
          guard: 'isLinked',
          actions: { type: 'refuse', params: alreadyLinked },
        },
        {
          target: 'online',
          actions: ['noteRunning', { type: 'refuse', params: noQrYet }],
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
          target: 'online',
          actions: ['noteRunning', { type: 'holdCodeRequest', params: ({ event }) => event }],
        },
      ],
      'message.send': {
        actions: {
          type: 'refuse',
          params: notConnected(status),
        },
      },
    },
  });
}
