import { randomBytes } from 'node:crypto';
import { type BinaryNode, DisconnectReason, type WASocket } from '@whiskeysockets/baileys';
import type { Refusal } from '../../../domain/errors.ts';
import type { Assertion, PasskeyOptions } from '../../../domain/passkey.ts';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import { queryErrorCode, statusCodeOf } from '../baileys-error.ts';
import type { Guarded } from '../connection-context.ts';
import type { CloseReason, SocketEvent } from '../port.ts';
import { faultOf } from './assertion-fault.ts';
import {
  beginExchange,
  type Exchange,
  handoffProof,
  type PrimaryIdentity,
  sealPairingRequest,
  secretBytes,
  verificationCode,
} from './exchange.ts';
import { holdQr, isPlaceholder } from './hold-qr.ts';
import { acknowledge, primaryIdentityIn } from './notifications.ts';
import { PasskeyQueries } from './queries.ts';
import { passkeyInvalid, passkeyRefused } from './refusals.ts';
import { expiryOf, optionsIn } from './request-options.ts';

export interface PasskeyLinkingDeps {
  emit: (event: SocketEvent) => void;
  /** Ends the connection. */
  fail: (reason: CloseReason, error: unknown) => void;
  guarded: Guarded;
  /** Stores the credentials. */
  save: () => Promise<void>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** For so long after the request the phone can be shown that this is the device whose code it accepted. */
const handoffMs = 300_000;

interface Request {
  options: PasskeyOptions;
  expiresAt: number;
}

/**
 * Linking a number that needs a passkey, which Baileys does not know: WhatsApp's request, the person's assertion, and the
 * exchange of keys with the phone, after which WhatsApp links the number as usual. The steps run one after the other.
 */
export class PasskeyLinking {
  readonly #socket: WASocket;
  readonly #queries: PasskeyQueries;
  readonly #deps: PasskeyLinkingDeps;
  readonly #steps = new SerialQueue();
  #requestedAt: number | null = null;
  #request: Request | null = null;
  #exchange: (Exchange & { isProven: boolean }) | null = null;
  #primary: PrimaryIdentity | null = null;

  constructor(socket: WASocket, deps: PasskeyLinkingDeps) {
    this.#socket = socket;
    this.#queries = new PasskeyQueries(socket);
    this.#deps = deps;
    holdQr(socket);
    this.#on('passkey_prologue_request', (node) => this.#inTurn(() => this.#onRequest(node), 'passkey_required'));
    this.#on('crsc_continuation', (node) => this.#inTurn(() => this.#onContinuation(node)));
  }

  /** Whether a QR code is to be shown: not once a phone has accepted one, and not when there are no more. */
  takes(qr: string): 'shown' | 'dropped' | 'exhausted' {
    if (this.#requestedAt !== null) return 'dropped';
    return isPlaceholder(qr) ? 'exhausted' : 'shown';
  }

  /** Gives WhatsApp the assertion; answered by `socket.passkeyAnswered`. */
  assert(assertion: Assertion): void {
    this.#inTurn(async () => {
      const refusal = await this.#refusalOf(assertion);
      // A challenge is valid for one answer.
      const isSpent = refusal?.code === 'upstream_error';
      const options = isSpent ? await this.#queries.options() : null;
      this.#deps.emit({ type: 'socket.passkeyAnswered', refusal });
      if (options !== null) this.#emitRequest(options);
    });
  }

  /** The person has found the code on the phone, too; answered by `socket.passkeyAnswered`. */
  confirm(): void {
    this.#inTurn(async () => {
      await this.#finish();
      this.#deps.emit({ type: 'socket.passkeyAnswered', refusal: null });
    });
  }

  #on(type: string, run: (node: BinaryNode) => void): void {
    this.#socket.ws.on(
      `CB:notification,type:${type}`,
      this.#deps.guarded((node: BinaryNode) => {
        acknowledge(this.#socket, node).catch((error: unknown) => this.#deps.fail('connection_lost', error));
        run(node);
      }),
    );
  }

  /** A step that fails ends the connection for that reason, unless it has ended by itself. */
  #inTurn(step: () => Promise<void>, reason: CloseReason = 'passkey_failed'): void {
    this.#steps.run(step).catch((error: unknown) => {
      const isClosed = statusCodeOf(error) === DisconnectReason.connectionClosed;
      this.#deps.fail(isClosed ? 'connection_closed' : reason, error);
    });
  }

  async #onRequest(node: BinaryNode): Promise<void> {
    this.#requestedAt ??= this.#deps.now();
    this.#emitRequest(optionsIn(node) ?? (await this.#queries.options()));
  }

  #emitRequest(options: PasskeyOptions): void {
    this.#request = { options, expiresAt: expiryOf(options, this.#deps.now()) };
    this.#exchange = null;
    this.#deps.emit({ type: 'socket.passkey', ...this.#request });
  }

  /** Why the assertion was not accepted; null when it was. */
  async #refusalOf(assertion: Assertion): Promise<Refusal | null> {
    if (this.#request === null) return passkeyInvalid('WhatsApp asks for no passkey');
    const fault = faultOf(assertion, this.#request.options);
    if (fault !== null) return passkeyInvalid(fault);
    const exchange = beginExchange(await this.#queries.ref());
    const proof = this.#proofFor(exchange);
    this.#exchange = { ...exchange, isProven: proof !== null };
    try {
      await this.#queries.prologue(assertion, exchange.payload, proof);
      return null;
    } catch (error) {
      const code = queryErrorCode(error);
      if (code === undefined) throw error;
      return passkeyRefused(code);
    }
  }

  #proofFor({ payload }: Exchange): Buffer | null {
    const isFresh = this.#deps.now() - (this.#requestedAt ?? 0) < handoffMs;
    return isFresh ? handoffProof(this.#socket.authState.creds.advSecretKey, payload) : null;
  }

  async #onContinuation(node: BinaryNode): Promise<void> {
    const [exchange, request] = [this.#exchange, this.#request];
    if (exchange === null || request === null) return;
    const primary = primaryIdentityIn(node);
    await this.#queries.reveal(exchange.nonce);
    this.#primary = primary;
    // The phone knows by the proof which device this is, and shows no code.
    if (exchange.isProven) return this.#finish();
    const { expiresAt } = request;
    this.#deps.emit({ type: 'socket.passkeyCode', code: verificationCode(exchange, primary), expiresAt });
  }

  /** The phone signs this device's identity with a new secret; that of the code was known to whoever has seen the code. */
  async #finish(): Promise<void> {
    const [exchange, primary] = [this.#exchange, this.#primary];
    if (exchange === null || primary === null) throw new Error('the phone has not answered yet');
    const { creds } = this.#socket.authState;
    const advSecret = randomBytes(secretBytes);
    const sealed = sealPairingRequest(exchange, primary, creds, advSecret);
    creds.advSecretKey = advSecret.toString('base64');
    await this.#deps.save();
    await this.#queries.request(sealed);
  }
}
