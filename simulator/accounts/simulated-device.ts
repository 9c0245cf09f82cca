import { proto } from '@whiskeysockets/baileys';
import { ProtocolAddress, SessionBuilder, SessionCipher } from 'libsignal';
import { SerialQueue } from '../serial-queue.ts';
import type { Ciphertext } from '../signal/ciphertext.ts';
import type { KeyBundle } from '../signal/key-bundle.ts';
import { pad, unpad } from '../signal/padding.ts';
import { SenderKeys } from '../signal/sender-keys.ts';
import { SignalStore } from '../signal/signal-store.ts';
import type { SimulatedDeviceState } from '../state/schema.ts';
import { type KeyPair, typedKey } from '../wire/keys.ts';
import { ReceivedMessages } from './received-messages.ts';

declare module 'libsignal' {
  interface SessionBuilder {
    /** The types of libsignal demand a one-time prekey; the protocol and its code do without. */
    initOutgoing(session: {
      registrationId: number;
      identityKey: Uint8Array;
      signedPreKey: { keyId: number; publicKey: Uint8Array; signature: Uint8Array };
      preKey?: { keyId: number; publicKey: Uint8Array };
    }): Promise<void>;
  }
}

/** The other side of a Signal session: an account's LID and a device id. */
export interface Peer {
  readonly lid: string;
  readonly device: number;
}

const PREKEY_MESSAGE = 3;

/** A device whose private keys the simulator holds: a phone, or a contact's linked computer. */
export class SimulatedDevice {
  readonly kind = 'simulated' as const;
  readonly id: number;
  /** Decrypts in order of arrival: the first message to a group carries the key for the next ones. */
  readonly incoming = new SerialQueue();
  readonly inbox: ReceivedMessages;
  readonly senderKeys: SenderKeys;
  /** libsignal queues work by address, process-wide; the prefix avoids collisions with a client in the same process. */
  readonly #addressPrefix: string;
  readonly #store: SignalStore;
  #failures: number;
  /** The code with which the server answers a query for its keys; undefined for a device that has keys. */
  keyless: number | undefined;

  /** A new device unless a saved state is given. */
  constructor(lid: string, id: number, state?: SimulatedDeviceState) {
    this.id = id;
    this.inbox = new ReceivedMessages(state?.inbox);
    this.senderKeys = new SenderKeys(state?.senderKeys);
    this.#addressPrefix = `simulated-${lid}-${id}`;
    this.#store = new SignalStore(state?.keys);
    this.#failures = state?.failures ?? 0;
    this.keyless = state?.keyless;
  }

  state(): SimulatedDeviceState {
    return {
      kind: this.kind,
      id: this.id,
      inbox: this.inbox.state(),
      senderKeys: this.senderKeys.state(),
      keys: this.#store.state(),
      failures: this.#failures,
      keyless: this.keyless,
    };
  }

  get identity(): KeyPair {
    return this.#store.identity;
  }

  /** The bundle for a sender, with a one-time prekey while there is one. */
  takeBundle(): KeyBundle {
    return this.#store.takeBundle();
  }

  /** From now on its bundles have no more one-time prekeys than these; undefined for as many as are asked for. */
  limitPreKeys(count: number | undefined): void {
    this.#store.preKeysLeft = count;
  }

  /** Makes the decryption of the next `times` messages fail. */
  failNext(times: number): void {
    this.#failures = times;
  }

  /**
   * @param ciphertexts all of one message for the device; the sender's key may precede a message to a group
   * @param group address of the group, if the message was sent to one
   * Rejects when no ciphertext can be decrypted in the sessions with that peer, or it was decrypted before.
   */
  async decrypt(from: Peer, ciphertexts: readonly Ciphertext[], group: string | undefined): Promise<proto.IMessage> {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error('the device is set to fail');
    }
    const problems: unknown[] = [];
    let content: proto.IMessage | undefined;
    for (const ciphertext of ciphertexts) {
      // A device that already has the sender's key does not need the one in the message.
      const message = await this.#decrypt(from, ciphertext, group).catch((error: unknown) => void problems.push(error));
      if (message !== undefined) content = this.#takeSenderKey(message, from) ?? content;
    }
    if (content === undefined) throw problems[0] ?? new Error('the message has no content for the device');
    return content;
  }

  /** @param takeBundle yields the peer's keys, called only when there is no session with it */
  async encrypt(to: Peer, message: proto.IMessage, takeBundle: () => KeyBundle): Promise<Ciphertext> {
    const address = this.#address(to);
    if (!this.#store.hasSession(address.toString())) await this.#startSession(address, takeBundle());
    const plaintext = pad(proto.Message.encode(message).finish());
    const { type, body } = await new SessionCipher(this.#store, address).encrypt(plaintext);
    return { type: type === PREKEY_MESSAGE ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body, 'binary') };
  }

  /** Starts a new session with that peer from the given keys. */
  async renewSession(peer: Peer, bundle: KeyBundle): Promise<void> {
    await this.#startSession(this.#address(peer), bundle);
  }

  async #decrypt(from: Peer, { type, ciphertext }: Ciphertext, group: string | undefined): Promise<proto.Message> {
    if (type === 'skmsg') return decode(this.senderKeys.decrypt(group ?? '', addressOf(from), ciphertext));
    const cipher = new SessionCipher(this.#store, this.#address(from));
    if (type === 'pkmsg') return decode(await cipher.decryptPreKeyWhisperMessage(ciphertext));
    return decode(await this.#decryptInSession(this.#address(from), ciphertext));
  }

  /**
   * Tries the sessions with a device one by one, as a phone does: libsignal for Node would advance the ratchets of the
   * wrong ones, too. Rejects when none matches.
   */
  async #decryptInSession(address: ProtocolAddress, ciphertext: Buffer): Promise<Buffer> {
    let problem: unknown = new Error('there is no session');
    for (const name of this.#store.sessionNames(address.toString())) {
      try {
        return await new SessionCipher(this.#store.withSession(name), address).decryptWhisperMessage(ciphertext);
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  }

  /** Stores the sender key in a message. Returns the rest of the message, if there is any. */
  #takeSenderKey(
    { senderKeyDistributionMessage: key, ...rest }: proto.IMessage,
    from: Peer,
  ): proto.IMessage | undefined {
    if (key?.groupId && key.axolotlSenderKeyDistributionMessage) {
      this.senderKeys.store(key.groupId, addressOf(from), key.axolotlSenderKeyDistributionMessage);
    }
    return Object.keys(rest).some((part) => part !== 'messageContextInfo') ? rest : undefined;
  }

  async #startSession(
    address: ProtocolAddress,
    { registrationId, identity, signedPreKey, preKey }: KeyBundle,
  ): Promise<void> {
    await new SessionBuilder(this.#store, address).initOutgoing({
      registrationId,
      identityKey: typedKey(identity),
      signedPreKey: {
        keyId: signedPreKey.id,
        publicKey: typedKey(signedPreKey.public),
        signature: signedPreKey.signature,
      },
      // Without one the session begins with the signed prekey alone, as Signal allows.
      ...(preKey !== undefined && { preKey: { keyId: preKey.id, publicKey: typedKey(preKey.public) } }),
    });
  }

  #address(peer: Peer): ProtocolAddress {
    return new ProtocolAddress(`${this.#addressPrefix}~${peer.lid}`, peer.device);
  }
}

function decode(padded: Buffer): proto.Message {
  return proto.Message.decode(unpad(padded));
}

function addressOf({ lid, device }: Peer): string {
  return `${lid}.${device}`;
}
