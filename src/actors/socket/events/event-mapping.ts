import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { ConnectionGroups } from '../commands/connection-groups.ts';
import type { Guarded } from '../connection-context.ts';
import type { DecryptionJournal } from '../signal/decryption-journal.ts';
import { replayed } from '../signal/replay-journal.ts';
import { acknowledgementIn } from './acknowledgement.ts';
import { groupWithNewTimer } from './chat-timer.ts';
import { mapGroupEvents } from './group-events.ts';
import { type MessageMappingDeps, mapMessage } from './map-message.ts';
import { contactIn } from './people.ts';
import { receiptsIn } from './receipts.ts';
import { listenForRestrictions } from './restrictions.ts';

export interface EventMappingDeps extends MessageMappingDeps {
  groups: ConnectionGroups;
  journal: DecryptionJournal;
  guarded: Guarded;
}

/** Maps messages, acknowledgements, receipts, votes and group changes to socket events. */
export function mapBaileysEvents(socket: WASocket, deps: EventMappingDeps): void {
  const { emit, groups, journal, guarded, now } = deps;
  listenForRestrictions(socket, { emit, guarded, now });
  socket.ws.on(
    'CB:ack,class:message',
    guarded((node: BinaryNode) => {
      const event = acknowledgementIn(node, now());
      if (event === null) return;
      const isResult = event.type !== 'socket.refused' || !groups.sends.repeats(event.waMessageId, event.code);
      if (isResult) emit(event);
    }),
  );
  // Before Baileys decrypts it: by then it is known what the message is journaled and told with.
  socket.ws.on(
    'CB:message',
    guarded((node: BinaryNode) => {
      journal.follow(node);
      const contact = contactIn(node, socket.user);
      if (contact !== null) emit({ type: 'socket.contact', contact });
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
      for (const message of messages) {
        const group = groupWithNewTimer(message);
        if (group !== undefined) groups.cache.refresh(group).catch(deps.onMappingError);
        if (socket.user !== undefined) {
          for (const namesake of journal.takeNamesakes(message.key)) {
            mapMessage(socket.user, replayed(namesake, socket.user), namesake.name, deps);
          }
        }
        mapMessage(socket.user, message, journal.take(message.key), deps);
      }
    }),
  );
  mapGroupEvents(socket, { groups: groups.cache, guarded });
}
