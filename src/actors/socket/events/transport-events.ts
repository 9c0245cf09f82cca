import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { banMsOf } from '../close-reason.ts';

export interface TransportEventsDeps {
  /** Wraps a callback, so that what it throws is caught. */
  guarded: <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;
  /** The TCP connection is there. */
  onTcp: (tcp: Socket) => void;
  /** WhatsApp's server has let the device in; what follows are queries. */
  onLogin: () => void;
  onFrame: () => void;
  /** The connection is gone; Baileys tells so a little later. */
  onGone: () => void;
  /** WhatsApp has said that it ends the connection, and for how long it bans the number, if it does. */
  onEnding: (banMs: number | undefined) => void;
  /** The upgrade to a WebSocket was answered with an HTTP error. */
  onRefusedUpgrade: () => void;
}

/** Listens for what the wire itself shows of the connection's life, before or beside what Baileys makes of it. */
export function listenForTransportEvents(socket: WASocket, deps: TransportEventsDeps): void {
  const { guarded, onTcp, onLogin, onFrame, onGone, onEnding, onRefusedUpgrade } = deps;
  const { ws } = socket;
  ws.on('upgrade', (response: IncomingMessage) => onTcp(response.socket));
  ws.on('frame', onFrame);
  ws.on('close', onGone);
  ws.on('error', onGone);
  ws.on('CB:success', guarded(onLogin));
  ws.on(
    'CB:stream:error',
    guarded(() => onEnding(undefined)),
  );
  ws.on(
    'CB:failure',
    guarded(({ attrs }: BinaryNode) => onEnding(banMsOf(attrs))),
  );
  // Listening for this stops `ws` from ending the connection itself, and Baileys forwards it unhandled.
  ws.on('unexpected-response', guarded(onRefusedUpgrade));
}
