import type { BinaryNode, WAMessage, WASocket } from '@whiskeysockets/baileys';
import type { GroupCache } from '../commands/group-cache.ts';
import type { SocketEvent } from '../port.ts';
import { acknowledgementIn } from './acknowledgement.ts';
import { toReceived } from './inbound.ts';
import { receiptsIn } from './receipts.ts';
import { voteIn } from './votes.ts';

export interface EventMappingDeps {
  emit: (event: SocketEvent) => void;
  groups: GroupCache;
  /** A message of this session by its id, in base64; null when it is not stored. */
  findMessage: (id: string) => Promise<string | null>;
  /** Wraps a callback so that its exceptions are caught. */
  guarded: <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;
  /** Reports a failure that concerns one message or group only. */
  onMappingError: (error: unknown) => void;
  now: () => number;
}

/** Maps messages, acknowledgements, receipts, votes and group changes to socket events. */
export function mapBaileysEvents(socket: WASocket, deps: EventMappingDeps): void {
  const { emit, groups, guarded, onMappingError, now } = deps;
  const refresh = (changed: readonly { id?: string | undefined }[]) => {
    for (const { id } of changed) if (id !== undefined) groups.refresh(id).catch(onMappingError);
  };
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
      for (const message of messages) onMessage(socket, message, deps);
    }),
  );
  socket.ev.on('groups.upsert', guarded(refresh));
  socket.ev.on('groups.update', guarded(refresh));
  socket.ev.on(
    'group-participants.update',
    guarded((changed) => refresh([changed])),
  );
}

function onMessage(
  socket: WASocket,
  message: WAMessage,
  { emit, findMessage, onMappingError, now }: EventMappingDeps,
): void {
  const received = toReceived(message, now());
  if (received !== null) emit({ type: 'socket.received', message: received });
  const { user } = socket;
  if (message.message?.pollUpdateMessage == null || user === undefined) return;
  voteIn(message, { id: user.id, lid: user.lid }, findMessage, now()).then((vote) => {
    if (vote !== null) emit(vote);
  }, onMappingError);
}
