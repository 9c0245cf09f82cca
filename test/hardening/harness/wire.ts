import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: string;
  /** From the request's first byte to the answer's last. */
  readonly elapsedMs: number;
}

const endOfHead = '\r\n\r\n';

/**
 * One HTTP/1.1 connection that is kept, for one request at a time, with next to nothing between its caller and the wire:
 * for measuring, and for loads that must cost less than what they are put on. An answer is as long as its
 * `Content-Length` says.
 */
export class Wire {
  readonly #socket: Socket;
  #received = '';
  #waiting: { resolve(answer: WireAnswer): void; reject(error: Error): void; askedAt: number } | null = null;
  #end: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', (error) => this.#finish(error));
    socket.once('close', () => this.#finish(new Error('closed without an answer')));
  }

  /** Connects; rejects when nobody listens. */
  static open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Wire(socket));
      });
    });
  }

  get isOpen(): boolean {
    return this.#end === null;
  }

  /** Sends a whole request; rejects when the connection ends before the answer does. */
  ask(request: string | Buffer): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      this.#waiting = { resolve, reject, askedAt: performance.now() };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const bodyAt = this.#received.indexOf(endOfHead) + endOfHead.length;
    if (bodyAt < endOfHead.length) return;
    const head = this.#received.slice(0, bodyAt);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < bodyAt + length) return;
    const body = this.#received.slice(bodyAt, bodyAt + length);
    this.#received = '';
    const waiting = this.#waiting;
    this.#waiting = null;
    if (/\r\nconnection: close/i.test(head)) this.#finish(new Error('closed behind an answer'));
    const elapsedMs = performance.now() - (waiting?.askedAt ?? 0);
    waiting?.resolve({ status: Number(head.slice(9, 12)), head, body, elapsedMs });
  }

  #finish(why: Error): void {
    this.#end ??= why;
    this.#waiting?.reject(why);
    this.#waiting = null;
  }
}

/** A request as it goes over the wire. */
export function wireRequest(method: string, path: string, token: string, body = ''): string {
  const type = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: troupe\r\nAuthorization: Bearer ${token}\r\n${type}\r\n${body}`;
}
