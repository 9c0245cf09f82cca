import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { CloseReason, SocketEvent } from '../port.ts';
import { holdQr, isPlaceholder } from './hold-qr.ts';
import { expiryOf, optionsIn } from './request-options.ts';

export interface PasskeyLinkingDeps {
  emit: (event: SocketEvent) => void;
  /** Ends the connection. */
  fail: (reason: CloseReason, error: unknown) => void;
  /** Wraps a callback so that its exceptions are caught. */
  guarded: <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Linking a number that needs a passkey, which Baileys does not know: from WhatsApp's request on. */
export class PasskeyLinking {
  readonly #socket: WASocket;
  readonly #deps: PasskeyLinkingDeps;
  #isRequested = false;

  constructor(socket: WASocket, deps: PasskeyLinkingDeps) {
    this.#socket = socket;
    this.#deps = deps;
    holdQr(socket);
    socket.ws.on(
      'CB:notification,type:passkey_prologue_request',
      deps.guarded((node: BinaryNode) => this.#onRequest(node)),
    );
  }

  /** Whether a QR code is to be shown: not once a phone has accepted one, and not when there are no more. */
  takes(qr: string): 'shown' | 'dropped' | 'exhausted' {
    if (this.#isRequested) return 'dropped';
    return isPlaceholder(qr) ? 'exhausted' : 'shown';
  }

  #onRequest(node: BinaryNode): void {
    this.#isRequested = true;
    this.#acknowledge(node);
    const options = optionsIn(node);
    if (options === null) {
      this.#deps.fail('passkey_required', new Error('the request for a passkey could not be read'));
      return;
    }
    this.#deps.emit({ type: 'socket.passkey', options, expiresAt: expiryOf(options, this.#deps.now()) });
  }

  /** Baileys confirms notifications only once it knows an account, which a pairing code tells it and a QR code does not. */
  #acknowledge({ tag, attrs: { id, from, type } }: BinaryNode): void {
    if (this.#socket.authState.creds.me !== undefined || id === undefined) return;
    const attrs = { id, class: tag, ...(from !== undefined && { to: from }), ...(type !== undefined && { type }) };
    this.#socket.sendNode({ tag: 'ack', attrs }).catch((error: unknown) => this.#deps.fail('connection_lost', error));
  }
}
