import { proto } from '@whiskeysockets/baileys';
import { ProtocolAddress, SessionBuilder, SessionCipher } from 'libsignal';
import type { KeyBundle } from '../signal/key-bundle.ts';
import { pad, unpad } from '../signal/padding.ts';
import { SignalStore } from '../signal/signal-store.ts';
import { type KeyPair, typedKey } from '../wire/keys.ts';

/** Whom a Signal session is with: an account's LID and the number of one of its devices. */
export interface Peer {
  readonly lid: string;
  readonly device: number;
}

/** `pkmsg` opens a session, `msg` continues one. */
export interface Sealed {
  readonly type: string;
  readonly ciphertext: Buffer;
}

const OPENS_SESSION = 3;

/** A device whose private keys the simulator holds: a phone, or a contact's linked computer. */
export class SimulatedDevice {
  readonly kind = 'simulated' as const;
  readonly id: number;
  /** libsignal queues work by address, process-wide; this prefix keeps clear of a client in the same process. */
  readonly #addressPrefix: string;
  readonly #store = new SignalStore();

  constructor(lid: string, id: number) {
    this.id = id;
    this.#addressPrefix = `simulated-${lid}-${id}`;
  }

  get identity(): KeyPair {
    return this.#store.identity;
  }

  takeBundle(): KeyBundle {
    return this.#store.takeBundle();
  }

  /** Throws when the ciphertext does not belong to this device's session with that peer, or was opened before. */
  async decrypt(from: Peer, sealed: Sealed): Promise<proto.Message> {
    const cipher = new SessionCipher(this.#store, this.#address(from));
    const padded =
      sealed.type === 'pkmsg'
        ? await cipher.decryptPreKeyWhisperMessage(sealed.ciphertext)
        : await cipher.decryptWhisperMessage(sealed.ciphertext);
    return proto.Message.decode(unpad(padded));
  }

  /** @param takeBundle asked for the peer's keys only when there is no session with it yet */
  async encrypt(to: Peer, message: proto.IMessage, takeBundle: () => KeyBundle): Promise<Sealed> {
    const address = this.#address(to);
    if (!this.#store.hasSession(address.toString())) await this.#openSession(address, takeBundle());
    const plaintext = pad(proto.Message.encode(message).finish());
    const { type, body } = await new SessionCipher(this.#store, address).encrypt(plaintext);
    return { type: type === OPENS_SESSION ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body, 'binary') };
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
