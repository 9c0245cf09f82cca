import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Whether a request is for a WebSocket. Any other upgrade is an offer, which a server may ignore. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * The response to an upgrade request, so that it is handled and refused like any other request. Once an answer has been
 * sent, the connection is closed; an upgraded one belongs to the WebSocket.
 */
export class UpgradeResponse extends ServerResponse {
  /** What the client has sent after its request. */
  readonly head: Buffer;

  private constructor(request: IncomingMessage, socket: Socket, head: Buffer) {
    super(request);
    this.head = head;
    this.shouldKeepAlive = false;
    this.once('finish', () => socket.end(() => socket.destroy()));
    this.assignSocket(socket);
  }

  /**
   * Null, with the connection closed, when the request cannot be answered: an earlier response is still being written
   * to it, or it is for another protocol. Node 22.21 and newer do not emit the latter; their bodies could not be read.
   */
  static to(request: IncomingMessage, socket: Duplex, head: Buffer): UpgradeResponse | null {
    // Node no longer handles errors of an upgraded socket.
    socket.on('error', () => undefined);
    try {
      if (socket instanceof Socket && asksForWebSocket(request)) return new UpgradeResponse(request, socket, head);
    } catch {
      // The socket belongs to an earlier response.
    }
    socket.destroy();
    return null;
  }
}
