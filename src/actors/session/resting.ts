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
      'session.start': { target: 'waking', actions: 'joinEnders' },
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
          target: 'waking',
          actions: { type: 'refuse', params: noQrYet },
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
          target: 'waking',
          actions: { type: 'holdCodeRequest', params: ({ event }) => event },
        },
      ],
      'session.perform': { actions: { type: 'refuse', params: notConnected(status) } },
      'message.send': {
        actions: {
          type: 'refuse',
          params: notConnected(status),
        },
      },
    },
  });
}
