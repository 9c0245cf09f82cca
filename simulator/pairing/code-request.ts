import { randomBytes } from 'node:crypto';
import { SimulatorError } from '../errors.ts';
import { bytes, child, type Stanza } from '../wire/stanza.ts';
import type { PairingClient } from './pairing-client.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const REF_BYTES = 16;

/** A client's request to be linked to a number by a pairing code. */
export class CodeRequest {
  readonly client: PairingClient;
  /** The number to link to, in digits. */
  readonly phone: string;
  /** The client's ephemeral public key, encrypted with the code. */
  readonly wrappedKey: Buffer;
  readonly ref = randomBytes(REF_BYTES);
  #finish: ((iq: Stanza) => void) | undefined;

  constructor(client: PairingClient, phone: string, hello: Stanza) {
    this.client = client;
    this.phone = phone;
    this.wrappedKey = bytes(child(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub'), 'wrapped ephemeral key');
  }

  /**
   * Resolves with the client's `companion_finish`, its answer to the phone's hello. Rejects with `timeout` without one.
   */
  finish(): Promise<Stanza> {
    const { promise, resolve, reject } = Promise.withResolvers<Stanza>();
    const onTimeout = () => reject(new SimulatorError('timeout', 'the client did not answer the pairing code'));
    const timer = setTimeout(onTimeout, ANSWER_TIMEOUT_MS);
    this.#finish = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  /** Passes on the client's answer. Returns whether it was expected. */
  finished(iq: Stanza): boolean {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(iq);
    return finish !== undefined;
  }
}
