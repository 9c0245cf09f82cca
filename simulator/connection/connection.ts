import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeBinaryNode } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import type { Account } from '../accounts/account.ts';
import type { Companion } from '../accounts/companion.ts';
import { SimulatorError } from '../errors.ts';
import type { ConnectionFact } from '../ledger/entries.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { frame } from '../wire/frames.ts';
import type { FrameCipher } from '../wire/noise.ts';
import { children, type Stanza } from '../wire/stanza.ts';
import { ConfirmationDeadline } from './confirmation-deadline.ts';
import { PendingQueries } from './pending-queries.ts';
import { ClientPresence } from './presence.ts';
import { unconfirmedError } from './stream-error.ts';

/** The phase of a connection; `closing` as soon as the server ends it. */
export type Phase =
  | { readonly name: 'handshake' }
  | { readonly name: 'pairing' }
  | { readonly name: 'open'; readonly account: Account; readonly companion: Companion }
  | { readonly name: 'closing' };

const CORRUPT_FRAME_BYTES = 48;

/** One client's connection, from the WebSocket upgrade to its end. Stanzas are recorded in the ledger. */
export class Connection {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly openedAt = Date.now();
  /** Queries from the server to the client. */
  readonly queries: PendingQueries;
  /** Ends the stream when the client leaves a stanza unconfirmed for too long. */
  readonly confirmations = new ConfirmationDeadline((node) => this.#endUnconfirmed(node));
  /** Whether the client is online, and where it types. */
  readonly presence = new ClientPresence();
  readonly #socket: WebSocket;
  readonly #transport: Duplex;
  readonly #ledger: Ledger;
  #phase: Phase = { name: 'handshake' };
  #account: string | undefined;
  #cipher: FrameCipher | undefined;
  #listens = false;
  #silent = false;

  constructor(options: { id: number; socket: WebSocket; transport: Duplex; ledger: Ledger }) {
    this.id = options.id;
    this.queries = new PendingQueries(`simulator-${options.id}`);
    this.#socket = options.socket;
    this.#transport = options.transport;
    this.#ledger = options.ledger;
    this.record('accepted');
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Phone number of the account, kept after the connection has ended. */
  get account(): string | undefined {
    return this.#account;
  }

  /** Whether a fault has stopped all responses on this connection. */
  get silent(): boolean {
    return this.#silent;
  }

  /**
   * Whether stanzas may be pushed: the client has requested them after its login, and no fault has silenced the server.
   */
  get listening(): boolean {
    return this.#phase.name === 'open' && this.#listens && !this.#silent;
  }

  secure(cipher: FrameCipher): void {
    this.#cipher = cipher;
  }

  startPairing(): void {
    this.#phase = { name: 'pairing' };
    this.record('pairing');
  }

  logIn(account: Account, companion: Companion): void {
    this.#phase = { name: 'open', account, companion };
    this.#account = account.phone;
    this.record('open');
  }

  listen(): void {
    this.#listens = true;
  }

  /** Records a stanza that the client sent. */
  received(node: Stanza): void {
    this.#recordStanza('in', node);
  }

  /** Sends an unencrypted frame, as the handshake does. */
  sendPlain(payload: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame(payload));
  }

  /** Sends a stanza, unless the connection is ending or a fault keeps it silent. */
  send(node: Stanza): void {
    if (this.#cipher === undefined || this.#silent || this.#phase.name === 'closing') return;
    this.#recordStanza('out', node);
    this.sendPlain(this.#cipher.encrypt(encodeBinaryNode(node)));
  }

  /** Sends the reason, then closes. */
  endWith(node: Stanza): void {
    this.send(node);
    this.close();
  }

  /** Closes with a WebSocket close handshake, as a restarted server does. */
  close(): void {
    this.#phase = { name: 'closing' };
    this.#socket.close();
  }

  /** Resets the TCP connection without sending anything. */
  reset(): void {
    this.#phase = { name: 'closing' };
    if (this.#transport instanceof Socket) this.#transport.resetAndDestroy();
    else this.#transport.destroy();
  }

  /** Stays connected and sends nothing any more. */
  stopResponding(): void {
    this.#silent = true;
  }

  /** Sends a frame that no key decrypts. */
  sendCorruptFrame(): void {
    this.sendPlain(randomBytes(CORRUPT_FRAME_BYTES));
  }

  /** Must be called once, when the WebSocket has closed. */
  ended(): void {
    this.#phase = { name: 'closing' };
    this.confirmations.stop();
    this.queries.fail(new SimulatorError('unavailable', 'the client disconnected'));
    this.record('closed');
  }

  /** Records a change of the state of the connection. */
  record(event: ConnectionFact['event']): void {
    this.#ledger.append({ kind: 'connection', connection: this.id, account: this.account, event });
  }

  #endUnconfirmed(node: Stanza): void {
    if (this.listening) this.endWith(unconfirmedError(node));
  }

  #recordStanza(direction: 'in' | 'out', node: Stanza): void {
    const { id, to, from } = node.attrs;
    const where = { connection: this.id, account: this.account, direction };
    const what = { tag: node.tag, attrs: node.attrs, children: children(node).map((child) => child.tag) };
    this.#ledger.append({ kind: 'stanza', ...where, ...what, id, to, from });
  }
}
