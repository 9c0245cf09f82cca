import type { WASocket } from '@whiskeysockets/baileys';
import { errorFacts } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { ConnectionContext } from '../connection-context.ts';
import type { SocketDeps } from '../socket-deps.ts';
import type { MessageMappingDeps } from './map-message.ts';
import { alternateOf } from './people.ts';

/** What messages of a session are mapped with. Without a socket nobody's other address is known. */
export function messageMapping(
  { findMessage, forgetJournaled, now }: Pick<SocketDeps, 'findMessage' | 'forgetJournaled' | 'now'>,
  address: SessionAddress,
  { emit, logger }: Pick<ConnectionContext, 'emit' | 'logger'>,
  socket?: WASocket,
): MessageMappingDeps {
  return {
    emit,
    findMessage: (id) => findMessage(address, id),
    alternateOf: async (jid) => (socket === undefined ? null : alternateOf(socket, jid)),
    forgetJournaled: (name) => forgetJournaled(address, name),
    onMappingError: (error) => logger.warn(errorFacts(error), 'inbound WhatsApp event could not be parsed'),
    now,
  };
}
