import type { BinaryNode, WAMessage, WASocket } from '@whiskeysockets/baileys';
import type { GroupCache } from '../group-cache.ts';
import type { SocketEvent } from '../port.ts';
import { acknowledgementIn } from './acknowledgement.ts';
import { toReceived } from './inbound.ts';
import { receiptsIn } from './receipts.ts';
import { voteIn } from './votes.ts';

export interface EventMappingDeps {
  tell: (fact: SocketEvent) => void;
  groups: GroupCache;
  /** A message of this session's by its id, in base64; null when it is not kept. */
  findMessage: (id: string) => Promise<string | null>;
  /** Wraps a callback, so that what it throws is caught. */
  guarded: <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;
  /** Takes note of a failure that concerns one message or group only. */
  onSlip: (error: unknown) => void;
  now: () => number;
}

/** Turns what WhatsApp tells of messages, acknowledgements, receipts, votes and groups into facts. */
export function mapBaileysEvents(socket: WASocket, deps: EventMappingDeps): void {
  const { tell, groups, guarded, onSlip, now } = deps;
  const refresh = (changed: readonly { id?: string | undefined }[]) => {
    for (const { id } of changed) if (id !== undefined) groups.refresh(id).catch(onSlip);
  };
  socket.ws.on(
    'CB:ack,class:message',
    guarded((node: BinaryNode) => {
      const fact = acknowledgementIn(node, now());
      if (fact !== null) tell(fact);
    }),
  );
  // It comes behind everything that was kept while the number was away.
  socket.ws.on(
    'CB:ib,,offline',
    guarded(() => tell({ type: 'socket.caughtUp' })),
  );
  socket.ws.on(
    'CB:receipt',
    guarded((node: BinaryNode) => {
      const receipts = receiptsIn(node, now());
      if (receipts.length > 0) tell({ type: 'socket.receipt', receipts });
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

function onMessage(socket: WASocket, message: WAMessage, { tell, findMessage, onSlip, now }: EventMappingDeps): void {
  const received = toReceived(message, now());
  if (received !== null) tell({ type: 'socket.received', message: received });
  const { user } = socket;
  if (message.message?.pollUpdateMessage == null || user === undefined) return;
  voteIn(message, { id: user.id, lid: user.lid }, findMessage, now()).then((vote) => {
    if (vote !== null) tell(vote);
  }, onSlip);
}
