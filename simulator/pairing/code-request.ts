import { randomBytes } from 'node:crypto';
import { SimulatorError } from '../errors.ts';
import { bytes, child, type Stanza } from '../wire/stanza.ts';
import type { PairingClient } from './pairing-client.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const REF_BYTES = 16;

/** A client's wish to be linked to a number by a code that it shows, until it is linked or gone. */
export class CodeRequest {
  readonly applicant: PairingClient;
  /** The number that is to link it, in digits. */
  readonly phone: string;
  /** The client's ephemeral public key, which only the code opens. */
  readonly wrappedKey: Buffer;
  readonly ref = randomBytes(REF_BYTES);
  #finish: ((iq: Stanza) => void) | undefined;

  constructor(applicant: PairingClient, phone: string, hello: Stanza) {
    this.applicant = applicant;
    this.phone = phone;
    this.wrappedKey = bytes(child(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub'), 'wrapped ephemeral key');
  }

  /** Resolves with the client's `companion_finish`, the answer to the phone's hello. Rejects when none comes. */
  finish(): Promise<Stanza> {
    const { promise, resolve, reject } = Promise.withResolvers<Stanza>();
    const late = () => reject(new SimulatorError('timeout', 'the client did not answer the pairing code'));
    const timer = setTimeout(late, ANSWER_TIMEOUT_MS);
    this.#finish = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  /** Hands over the client's answer. Whether anybody waited for it. */
  finished(iq: Stanza): boolean {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(iq);
    return finish !== undefined;
  }
}
