import type { GroupMetadata, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import type { Clock } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import type { SocketCommand, SocketEvent } from '../port.ts';
import { GroupCache } from './group-cache.ts';
import { GroupSends } from './group-sends.ts';
import { forgetSenderKeys } from './sender-keys.ts';

/** What a connection knows of groups, and its send to one. */
export interface ConnectionGroups {
  cache: GroupCache;
  sends: GroupSends;
}

export interface ConnectionGroupsDeps {
  socket: () => WASocket;
  emit: (event: SocketEvent) => void;
  /** Executes a command on the connection. */
  execute: (command: Extract<SocketCommand, { type: 'socket.send' }>) => void;
  /** Reports that the store failed. */
  onStoreFailure: (error: unknown) => void;
  logger: Logger;
  clock: Clock;
}

export function connectionGroups(deps: ConnectionGroupsDeps): ConnectionGroups {
  const { socket, emit, execute, onStoreFailure, logger, clock } = deps;
  const cache = new GroupCache({
    fetch: async (jid) => socket().groupMetadata(jid),
    list: async () => listGroups(socket()),
    onGroup: (group) => emit({ type: 'socket.group', group }),
    onLeft: (groupJid) => emit({ type: 'socket.groupLeft', groupJid }),
    onList: (groups) => emit({ type: 'socket.groupList', groups }),
    onError: (error) => logger.warn(errorFacts(error), 'group could not be fetched'),
    clock,
  });
  const sends = new GroupSends({
    groups: cache,
    forgetSenderKeys: async (group) => forgetSenderKeys(socket(), group),
    transmit: execute,
    fail: onStoreFailure,
  });
  return { cache, sends };
}

/** All groups that the number is in, and WhatsApp is told that they are up to date. */
async function listGroups(socket: WASocket): Promise<GroupMetadata[]> {
  const all = Object.values(await socket.groupFetchAllParticipating());
  await socket.cleanDirtyBits('groups');
  return all;
}
