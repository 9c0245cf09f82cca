import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Whether a request asks to become a WebSocket. Any other upgrade is an offer, which a server may leave aside. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * The answer to a request that asks for an upgrade, so that it takes the way of any other request and is refused like
 * any other. Once it has been answered the connection ends; an upgraded one is the WebSocket's.
 */
export class UpgradeResponse extends ServerResponse {
  /** What the client has sent behind its request. */
  readonly head: Buffer;

  private constructor(request: IncomingMessage, socket: Socket, head: Buffer) {
    super(request);
    this.head = head;
    this.shouldKeepAlive = false;
    this.once('finish', () => socket.end(() => socket.destroy()));
    this.assignSocket(socket);
  }

  /**
   * Null, and the connection ended, when it cannot be answered: an earlier answer is still being written to it, or it
   * asks for another protocol. The latter do not come here from Node 22.21 on; their bodies could not be read.
   */
  static to(request: IncomingMessage, socket: Duplex, head: Buffer): UpgradeResponse | null {
    // From here on nobody else listens.
    socket.on('error', () => undefined);
    try {
      if (socket instanceof Socket && asksForWebSocket(request)) return new UpgradeResponse(request, socket, head);
    } catch {
      // The socket belongs to an earlier answer.
    }
    socket.destroy();
    return null;
  }
}
