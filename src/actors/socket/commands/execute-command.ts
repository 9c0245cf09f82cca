import type { WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts, type Refusal, refused } from '../../../domain/errors.ts';
import type { PasskeyLinking } from '../passkey/passkey-linking.ts';
import type { CloseReason, ReadMark, SocketCommand } from '../port.ts';
import { performAction } from './live-actions.ts';
import type { Presence } from './presence.ts';
import { type SendDeps, sendThrough } from './send.ts';

/** The commands to an open connection. */
export type ConnectionCommand = Exclude<SocketCommand, { type: 'socket.open' | 'socket.close' }>;

export interface ExecuteCommandDeps extends SendDeps {
  presence: Presence;
  passkey: PasskeyLinking;
  /** Ends the connection. */
  fail: (reason: CloseReason, error: unknown) => void;
  /** When WhatsApp stops waiting for a phone to link, in epoch milliseconds. */
  pairingEndsAt: () => number;
  logger: Logger;
}

const notPerformed: Refusal = {
  code: 'upstream_error',
  message: "WhatsApp's answer does not say whether the request succeeded",
};

/** Executes a command on an open connection; its outcome follows as events. */
export function executeCommand(socket: WASocket, command: ConnectionCommand, deps: ExecuteCommandDeps): void {
  const { fail } = deps;
  switch (command.type) {
    case 'socket.send':
      sendThrough(socket, command, deps);
      return;
    case 'socket.perform':
      performLive(socket, command, deps);
      return;
    case 'socket.markRead':
      markRead(socket, command.message, deps);
      return;
    case 'socket.updatePresence':
      deps.presence.update();
      return;
    case 'socket.requestPairingCode':
      requestPairingCode(socket, command.phone, deps).catch((error: unknown) => fail('pairing_refused', error));
      return;
    case 'socket.assertPasskey':
      deps.passkey.assert(command.assertion);
      return;
    case 'socket.confirmPasskey':
      deps.passkey.confirm();
      return;
    case 'socket.unlink':
      socket.logout().catch((error: unknown) => fail('connection_closed', error));
      return;
  }
}

type Perform = Extract<SocketCommand, { type: 'socket.perform' }>;

function performLive(
  socket: WASocket,
  { requestId, action }: Perform,
  { emit, groups, devices, logger }: ExecuteCommandDeps,
): void {
  performAction(socket, { groups: groups.cache, lookUps: devices.lookUps }, action).then(
    (outcome) => emit({ type: 'socket.performed', requestId, outcome }),
    (error: unknown) => {
      logger.warn(errorFacts(error), 'live action failed');
      emit({ type: 'socket.performed', requestId, outcome: refused(notPerformed) });
    },
  );
}

function markRead(socket: WASocket, { id, chat, sender }: ReadMark, { logger }: ExecuteCommandDeps): void {
  const key = { id, remoteJid: chat, fromMe: false, ...(sender !== null && { participant: sender }) };
  socket.readMessages([key]).catch((error: unknown) => {
    logger.warn(errorFacts(error), 'message could not be marked as read');
  });
}

async function requestPairingCode(socket: WASocket, phone: string, deps: ExecuteCommandDeps): Promise<void> {
  const code = await socket.requestPairingCode(phone);
  deps.emit({ type: 'socket.pairingCode', code, expiresAt: deps.pairingEndsAt() });
}
