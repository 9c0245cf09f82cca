import type { Account } from '../accounts/account.ts';
import type { Connection } from '../connection/connection.ts';
import { SimulatorError } from '../errors.ts';
import type { CodeRequest } from './code-request.ts';
import type { PairingClient } from './pairing-client.ts';
import type { PasskeyCeremony } from './passkey/ceremony.ts';
import type { QrCode } from './qr.ts';

/** The clients that wait to be linked. */
export class PairingRegistry {
  readonly #byConnection = new Map<Connection, PairingClient>();
  readonly #byRef = new Map<string, PairingClient>();
  readonly #codes = new Map<PairingClient, CodeRequest>();
  readonly #ceremonies = new Map<PairingClient, PasskeyCeremony>();

  add(client: PairingClient): void {
    this.#byConnection.set(client.connection, client);
    for (const ref of client.refs) this.#byRef.set(ref, client);
  }

  /** Called when the connection has ended. */
  remove(connection: Connection): void {
    const client = this.#byConnection.get(connection);
    if (client === undefined) return;
    this.#byConnection.delete(connection);
    for (const ref of client.refs) this.#byRef.delete(ref);
    this.#codes.delete(client);
    this.#ceremonies.delete(client);
  }

  get clients(): PairingClient[] {
    return [...this.#byConnection.values()];
  }

  /** The client on that connection, if it waits to be linked. */
  clientOn(connection: Connection): PairingClient | undefined {
    return this.#byConnection.get(connection);
  }

  /**
   * The client that shows this QR code. Throws `not_found` when the code has expired, `conflict` when its keys differ.
   */
  claim(qr: QrCode): PairingClient {
    const client = this.#byRef.get(qr.ref);
    if (client === undefined)
      throw new SimulatorError('not_found', 'no connected client shows this QR code; it may have expired');
    if (!client.noiseKey.equals(qr.noiseKey) || !client.keys.identity.equals(qr.identity)) {
      throw new SimulatorError('conflict', 'the keys in the QR code are not those that the client registered');
    }
    return client;
  }

  /** A new request of a client replaces its earlier one. */
  requestCode(request: CodeRequest): void {
    this.#codes.delete(request.client);
    this.#codes.set(request.client, request);
  }

  codeRequestOf(client: PairingClient): CodeRequest | undefined {
    return this.#codes.get(client);
  }

  /** The latest request for that number. Throws `not_found` when there is none. */
  codeRequestFor(phone: string): CodeRequest {
    const request = [...this.#codes.values()].findLast((candidate) => candidate.phone === phone);
    if (request === undefined)
      throw new SimulatorError('not_found', `no connected client has requested a pairing code for ${phone}`);
    return request;
  }

  /** A later ceremony of a client replaces its earlier one. */
  beginCeremony(client: PairingClient, ceremony: PasskeyCeremony): void {
    this.#ceremonies.set(client, ceremony);
  }

  ceremonyOf(client: PairingClient): PasskeyCeremony | undefined {
    return this.#ceremonies.get(client);
  }

  /** The latest ceremony to link a device to that account. */
  ceremonyFor(account: Account): PasskeyCeremony | undefined {
    return [...this.#ceremonies.values()].findLast((ceremony) => ceremony.account === account);
  }
}
