import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { GroupCache } from '../commands/group-cache.ts';
import type { DecryptionJournal } from '../signal/decryption-journal.ts';
import { acknowledgementIn } from './acknowledgement.ts';
import { type MessageMappingDeps, mapMessage } from './map-message.ts';
import { receiptsIn } from './receipts.ts';

export interface EventMappingDeps extends MessageMappingDeps {
  groups: GroupCache;
  journal: DecryptionJournal;
  /** Wraps a callback so that its exceptions are caught. */
  guarded: <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;
}

/** Maps messages, acknowledgements, receipts, votes and group changes to socket events. */
export function mapBaileysEvents(socket: WASocket, deps: EventMappingDeps): void {
  const { emit, groups, journal, guarded, onMappingError, now } = deps;
  const refresh = (changed: readonly { id?: string | undefined }[]) => {
    for (const { id } of changed) if (id !== undefined) groups.refresh(id).catch(onMappingError);
  };
  socket.ws.on(
    'CB:message',
    guarded((node: BinaryNode) => journal.follow(node)),
  );
  socket.ws.on(
    'CB:ack,class:message',
    guarded((node: BinaryNode) => {
      const event = acknowledgementIn(node, now());
      if (event !== null) emit(event);
    }),
  );
  // Follows all messages that arrived while the number was offline.
  socket.ws.on(
    'CB:ib,,offline',
    guarded(() => emit({ type: 'socket.caughtUp' })),
  );
  socket.ws.on(
    'CB:receipt',
    guarded((node: BinaryNode) => {
      const receipts = receiptsIn(node, now());
      if (receipts.length > 0) emit({ type: 'socket.receipt', receipts });
    }),
  );
  socket.ev.on(
    'messages.upsert',
    guarded(({ messages }) => {
      for (const message of messages) mapMessage(socket.user, message, journal.take(message.key), deps);
    }),
  );
  socket.ev.on('groups.upsert', guarded(refresh));
  socket.ev.on('groups.update', guarded(refresh));
  socket.ev.on(
    'group-participants.update',
    guarded((changed) => refresh([changed])),
  );
}
