import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { banMsOf } from '../close-reason.ts';
import type { Guarded } from '../connection-context.ts';

export interface TransportEventsDeps {
  guarded: Guarded;
  /** The TCP connection is established. */
  onTcp: (tcp: Socket) => void;
  /** WhatsApp's server has accepted the login; Baileys' initial queries follow. */
  onLogin: () => void;
  onFrame: () => void;
  /** The connection is closed or broken; Baileys reports that a little later. */
  onDisconnect: () => void;
  /** WhatsApp has announced the end of the connection; `banMs` is how long it bans the number, if it does. */
  onEnding: (banMs: number | undefined) => void;
  /** The upgrade to a WebSocket was answered with an HTTP error. */
  onRefusedUpgrade: () => void;
}

/** Listens to the transport itself, for events that Baileys reports late or not at all. */
export function listenForTransportEvents(socket: WASocket, deps: TransportEventsDeps): void {
  const { guarded, onTcp, onLogin, onFrame, onDisconnect, onEnding, onRefusedUpgrade } = deps;
  const { ws } = socket;
  ws.on('upgrade', (response: IncomingMessage) => onTcp(response.socket));
  ws.on('frame', onFrame);
  ws.on('close', onDisconnect);
  ws.on('error', onDisconnect);
  ws.on('CB:success', guarded(onLogin));
  ws.on(
    'CB:stream:error',
    guarded(() => onEnding(undefined)),
  );
  ws.on(
    'CB:failure',
    guarded(({ attrs }: BinaryNode) => onEnding(banMsOf(attrs))),
  );
  // With a listener `ws` does not end the connection itself, and Baileys only forwards the event.
  ws.on('unexpected-response', guarded(onRefusedUpgrade));
}
