import type { Connection } from '../connection/connection.ts';
import { SimulatorError } from '../errors.ts';
import type { CodeRequest } from './code-request.ts';
import type { PairingClient } from './pairing-client.ts';
import type { QrCode } from './qr.ts';

/** Knows every client that waits to be linked. */
export class PairingRegistry {
  readonly #byConnection = new Map<Connection, PairingClient>();
  readonly #byRef = new Map<string, PairingClient>();
  readonly #codes = new Map<PairingClient, CodeRequest>();

  enter(applicant: PairingClient): void {
    this.#byConnection.set(applicant.connection, applicant);
    for (const ref of applicant.refs) this.#byRef.set(ref, applicant);
  }

  /** The client is linked, or gone. */
  leave(connection: Connection): void {
    const applicant = this.#byConnection.get(connection);
    if (applicant === undefined) return;
    this.#byConnection.delete(connection);
    for (const ref of applicant.refs) this.#byRef.delete(ref);
    this.#codes.delete(applicant);
  }

  /** The client on that connection, while it waits. */
  applicantOn(connection: Connection): PairingClient | undefined {
    return this.#byConnection.get(connection);
  }

  /** The client that shows this QR code. Throws `not_found` when none does any more, `conflict` when its keys differ. */
  claim(qr: QrCode): PairingClient {
    const applicant = this.#byRef.get(qr.ref);
    if (applicant === undefined)
      throw new SimulatorError('not_found', 'no connected client shows this QR code any more');
    if (!applicant.noiseKey.equals(qr.noiseKey) || !applicant.keys.identity.equals(qr.identity)) {
      throw new SimulatorError('conflict', 'the QR code shows other keys than the client registered with');
    }
    return applicant;
  }

  /** A client that asks again has thrown its earlier code away. */
  requestCode(request: CodeRequest): void {
    this.#codes.delete(request.applicant);
    this.#codes.set(request.applicant, request);
  }

  codeRequestOf(applicant: PairingClient): CodeRequest | undefined {
    return this.#codes.get(applicant);
  }

  /** The client that asked for that number most recently. Throws `not_found` when none waits. */
  codeRequestFor(phone: string): CodeRequest {
    const request = [...this.#codes.values()].findLast((candidate) => candidate.phone === phone);
    if (request === undefined)
      throw new SimulatorError('not_found', `no connected client asks ${phone} for a pairing code`);
    return request;
  }
}
