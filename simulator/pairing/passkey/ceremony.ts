import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { PasskeyPolicy } from '../../accounts/passkey-policy.ts';
import { agree, generateKeys, type KeyPair } from '../../wire/keys.ts';
import { bytes, child, SERVER, type Stanza, stanza, timestamp } from '../../wire/stanza.ts';
import type { PairingClient } from '../pairing-client.ts';
import { RELYING_PARTY, verifyAssertion } from './assertion.ts';
import { decryptPairingRequest, handoffProof, sha256, verificationCode } from './cipher.ts';
import { type Prologue, readPairingRequest, readPrologue, SECRET_BYTES } from './messages.ts';
import { badRequest, expired, notAuthorized } from './refusal.ts';

/** What the client has committed itself to, and what the phone has answered. */
interface Exchange {
  readonly prologue: Prologue;
  readonly ephemeral: KeyPair;
  readonly nonce: Buffer;
  /** Whether the client has proven that it is the one whose code was accepted. */
  readonly isProven: boolean;
}

/**
 * Linking with a passkey: the part of the server, which verifies the assertion, and of the phone, which exchanges keys
 * with the client. Each method answers one query of the client and throws a `PasskeyRefusal` when it refuses it.
 */
export class PasskeyCeremony {
  readonly account: Account;
  readonly #client: PairingClient;
  readonly #policy: PasskeyPolicy;
  /** The secret of the QR code or pairing code that the phone accepted. */
  readonly #advSecret: Buffer;
  /** Valid for one answer. */
  #challenge: { readonly value: Buffer; readonly expiresAt: number } | undefined;
  #ref: string | undefined;
  #exchange: Exchange | undefined;
  #code: string | undefined;

  constructor(account: Account, policy: PasskeyPolicy, client: PairingClient, advSecret: Buffer) {
    this.account = account;
    this.#policy = policy;
    this.#client = client;
    this.#advSecret = advSecret;
  }

  /** The code that the phone shows; undefined while it shows none, because none is needed either. */
  get code(): string | undefined {
    return this.#exchange?.isProven === true ? undefined : this.#code;
  }

  /** Asks the client for an assertion, in place of the `pair-success`. */
  begin(): void {
    this.#notify('passkey_prologue_request', this.challenge());
  }

  /** A new challenge; an earlier one is void. */
  challenge(): Stanza {
    const { timeoutMs, credential } = this.#policy;
    const value = randomBytes(SECRET_BYTES);
    this.#challenge = { value, expiresAt: Date.now() + timeoutMs };
    const allowed = credential === undefined ? [] : [{ id: credential.id.toString('base64url'), type: 'public-key' }];
    const options = {
      challenge: value.toString('base64url'),
      timeout: timeoutMs,
      rpId: RELYING_PARTY,
      allowCredentials: allowed,
      userVerification: 'required',
      extensions: { uvm: true },
    };
    return stanza('passkey_request_options', {}, Buffer.from(JSON.stringify(options)));
  }

  ref(): Stanza {
    this.#ref = `2@${randomBytes(SECRET_BYTES).toString('base64')}`;
    return stanza('ref', {}, Buffer.from(this.#ref));
  }

  /** Verifies the assertion, and what the client commits itself to. */
  answer(prologue: Stanza): void {
    this.#verify(prologue);
    this.#exchange = this.#accept(prologue);
  }

  /** The phone continues with its ephemeral key. */
  continue(): void {
    const { ephemeral, nonce } = this.#begun();
    const identity = proto.PrimaryEphemeralIdentity.encode({ publicKey: ephemeral.public, nonce }).finish();
    this.#notify('crsc_continuation', stanza('primary_ephemeral_identity', {}, identity));
  }

  /** The client reveals the nonce that it had committed itself to. */
  reveal(node: Stanza): void {
    const companionNonce = bytes(node, 'companion nonce');
    const { prologue, ephemeral, nonce } = this.#begun();
    if (!sha256(prologue.identity, companionNonce).equals(prologue.commitment)) throw notAuthorized();
    this.#code = verificationCode(companionNonce, { publicKey: ephemeral.public, nonce });
  }

  /** The new secret, which the phone signs the client's identity with. */
  finish(node: Stanza): Buffer {
    const { prologue, ephemeral } = this.#begun();
    if (this.#code === undefined) throw badRequest();
    const secret = agree(ephemeral.private, prologue.publicKey);
    const request = readPairingRequest(decryptPairingRequest(bytes(node, 'pairing request'), secret, prologue));
    const { noiseKey, keys } = this.#client;
    if (!noiseKey.equals(request.noiseKey) || !keys.identity.equals(request.identity)) throw notAuthorized();
    return request.advSecret;
  }

  #verify(prologue: Stanza): void {
    const challenge = this.#challenge;
    this.#challenge = undefined;
    const { credential } = this.#policy;
    if (challenge === undefined || Date.now() > challenge.expiresAt) throw expired();
    if (credential === undefined) throw notAuthorized();
    const json = bytes(child(prologue, 'webauthn_assertion'), 'assertion');
    try {
      verifyAssertion(json, { challenge: challenge.value, credential });
    } catch (cause) {
      throw notAuthorized(cause);
    }
    if (!credential.id.equals(bytes(child(prologue, 'credential_id'), 'credential id'))) throw notAuthorized();
  }

  #accept(node: Stanza): Exchange {
    const payload = bytes(child(node, 'prologue_payload'), 'prologue payload');
    const prologue = readPrologue(payload);
    if (prologue.ref !== this.#ref || prologue.platform !== this.#client.platform) throw badRequest();
    const proof = child(node, 'pairing_handoff_proof');
    if (proof !== undefined && !handoffProof(this.#advSecret, payload).equals(bytes(proof, 'proof'))) {
      throw notAuthorized();
    }
    return {
      prologue,
      ephemeral: generateKeys(),
      nonce: randomBytes(SECRET_BYTES),
      isProven: proof !== undefined,
    };
  }

  #begun(): Exchange {
    if (this.#exchange === undefined) throw badRequest();
    return this.#exchange;
  }

  #notify(type: string, content: Stanza): void {
    const id = `passkey-${randomBytes(4).toString('hex')}`;
    this.#client.connection.send(stanza('notification', { from: SERVER, type, id, t: timestamp() }, [content]));
  }
}
