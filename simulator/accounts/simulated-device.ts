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

/** Whom a Signal session is with: an account's LID and the number of one of its devices. */
export interface Peer {
  readonly lid: string;
  readonly device: number;
}

const OPENS_SESSION = 3;

/** A device whose private keys the simulator holds: a phone, or a contact's linked computer. */
export class SimulatedDevice {
  readonly kind = 'simulated' as const;
  readonly id: number;
  /** What is sent to the device is opened in order: the first message to a group brings the key to the second. */
  readonly incoming = new SerialQueue();
  readonly inbox: ReceivedMessages;
  readonly senderKeys: SenderKeys;
  /** libsignal queues work by address, process-wide; this prefix keeps clear of a client in the same process. */
  readonly #addressPrefix: string;
  readonly #store: SignalStore;
  #failures: number;

  /** A new device unless the state of an earlier one is given. */
  constructor(lid: string, id: number, state?: SimulatedDeviceState) {
    this.id = id;
    this.inbox = new ReceivedMessages(state?.inbox);
    this.senderKeys = new SenderKeys(state?.senderKeys);
    this.#addressPrefix = `simulated-${lid}-${id}`;
    this.#store = new SignalStore(state?.keys);
    this.#failures = state?.failures ?? 0;
  }

  state(): SimulatedDeviceState {
    return {
      kind: this.kind,
      id: this.id,
      inbox: this.inbox.state(),
      senderKeys: this.senderKeys.state(),
      keys: this.#store.state(),
      failures: this.#failures,
    };
  }

  get identity(): KeyPair {
    return this.#store.identity;
  }

  takeBundle(): KeyBundle {
    return this.#store.takeBundle();
  }

  /** The next so many messages are beyond the device, whatever they are. */
  failNext(times: number): void {
    this.#failures = times;
  }

  /**
   * @param seals what the device was sent of one message: before a message to a group there may be its sender's key
   * @param group the group that it was sent to, if it was one
   * Rejects when a ciphertext does not belong to the device's session with that peer, or was opened before.
   */
  async open(from: Peer, seals: readonly Ciphertext[], group: string | undefined): Promise<proto.IMessage> {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error('the device was told to fail');
    }
    const problems: unknown[] = [];
    let content: proto.IMessage | undefined;
    for (const sealed of seals) {
      // A device that has the sender's key already can do without the one that comes with the message.
      const message = await this.#decrypt(from, sealed, group).catch((error: unknown) => void problems.push(error));
      if (message !== undefined) content = this.#learn(message, from) ?? content;
    }
    if (content === undefined) throw problems[0] ?? new Error('the message holds nothing for the device');
    return content;
  }

  /** @param takeBundle asked for the peer's keys only when there is no session with it yet */
  async encrypt(to: Peer, message: proto.IMessage, takeBundle: () => KeyBundle): Promise<Ciphertext> {
    const address = this.#address(to);
    if (!this.#store.hasSession(address.toString())) await this.#openSession(address, takeBundle());
    const plaintext = pad(proto.Message.encode(message).finish());
    const { type, body } = await new SessionCipher(this.#store, address).encrypt(plaintext);
    return { type: type === OPENS_SESSION ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body, 'binary') };
  }

  /** Gives up the session with that peer, if there is one, for a new one with the given keys. */
  async renewSession(peer: Peer, bundle: KeyBundle): Promise<void> {
    await this.#openSession(this.#address(peer), bundle);
  }

  async #decrypt(from: Peer, { type, ciphertext }: Ciphertext, group: string | undefined): Promise<proto.Message> {
    if (type === 'skmsg') return decode(this.senderKeys.open(group ?? '', addressOf(from), ciphertext));
    const cipher = new SessionCipher(this.#store, this.#address(from));
    if (type === 'pkmsg') return decode(await cipher.decryptPreKeyWhisperMessage(ciphertext));
    return decode(await this.#continue(this.#address(from), ciphertext));
  }

  /**
   * Tries the sessions with a device one by one, as a phone does: libsignal for Node would turn the ratchet of those that
   * do not fit. Rejects when none fits.
   */
  async #continue(address: ProtocolAddress, ciphertext: Buffer): Promise<Buffer> {
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

  /** Keeps the sender key that comes with a message. What remains of the message, if anything does. */
  #learn({ senderKeyDistributionMessage: key, ...rest }: proto.IMessage, from: Peer): proto.IMessage | undefined {
    if (key?.groupId && key.axolotlSenderKeyDistributionMessage) {
      this.senderKeys.learn(key.groupId, addressOf(from), key.axolotlSenderKeyDistributionMessage);
    }
    return Object.keys(rest).some((part) => part !== 'messageContextInfo') ? rest : undefined;
  }

  async #openSession(
    address: ProtocolAddress,
    { registrationId, identity, signedPreKey, preKey }: KeyBundle,
  ): Promise<void> {
    if (preKey === undefined) throw new Error('the peer has no one-time prekeys left');
    await new SessionBuilder(this.#store, address).initOutgoing({
      registrationId,
      identityKey: typedKey(identity),
      signedPreKey: {
        keyId: signedPreKey.id,
        publicKey: typedKey(signedPreKey.public),
        signature: signedPreKey.signature,
      },
      preKey: { keyId: preKey.id, publicKey: typedKey(preKey.public) },
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
