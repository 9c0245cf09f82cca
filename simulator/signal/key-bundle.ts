import { KEY_TYPE } from '../wire/keys.ts';
import { bytes, child, children, type Stanza, stanza } from '../wire/stanza.ts';

/** A public key with its id. */
export interface NumberedKey {
  readonly id: number;
  readonly public: Buffer;
}

export interface SignedKey extends NumberedKey {
  /** XEdDSA by the owner's identity key over the 33-byte form of `public`. */
  readonly signature: Buffer;
}

/** Everything another device needs to start a Signal session (X3DH) while the owner is offline. */
export interface KeyBundle {
  readonly registrationId: number;
  readonly identity: Buffer;
  readonly signedPreKey: SignedKey;
  /** One-time; absent when the owner has run out. */
  readonly preKey: NumberedKey | undefined;
}

const REGISTRATION_BYTES = 4;
const KEY_ID_BYTES = 3;

/** The `<user>` of a response to a query for keys. */
export function bundleStanza(jid: string, bundle: KeyBundle): Stanza {
  return stanza('user', { jid }, [registration(bundle), ...keys(bundle)]);
}

/** The keys in a retry receipt, with which the sender starts a new session. */
export function keysForRetry(bundle: KeyBundle): Stanza[] {
  return [registration(bundle), stanza('keys', {}, keys(bundle))];
}

/** Reads what `keysForRetry` writes; undefined without keys, as in the first retry receipt of a client. */
export function readKeysForRetry(receipt: Stanza): KeyBundle | undefined {
  const node = child(receipt, 'keys');
  if (node === undefined) return undefined;
  return {
    registrationId: readNumber(bytes(child(receipt, 'registration'), 'registration id')),
    identity: bytes(child(node, 'identity'), 'identity key'),
    signedPreKey: readSignedKey(child(node, 'skey')),
    preKey: child(node, 'key') === undefined ? undefined : readKey(child(node, 'key')),
  };
}

/** Reads `<skey>` of an upload or a rotation. */
export function readSignedKey(node: Stanza | undefined): SignedKey {
  return { ...readKey(node), signature: bytes(child(node, 'signature'), 'signature of its signed prekey') };
}

/** Reads the `<key>`s of an upload. */
export function readKeys(list: Stanza | undefined): NumberedKey[] {
  return list === undefined ? [] : children(list, 'key').map(readKey);
}

export function readNumber(data: Uint8Array): number {
  return data.reduce((number, byte) => number * 256 + byte, 0);
}

function registration({ registrationId }: KeyBundle): Stanza {
  return stanza('registration', {}, bigEndian(registrationId, REGISTRATION_BYTES));
}

function keys({ identity, signedPreKey, preKey }: KeyBundle): Stanza[] {
  const content = [
    stanza('type', {}, KEY_TYPE),
    stanza('identity', {}, identity),
    keyStanza('skey', signedPreKey, signedPreKey.signature),
  ];
  return preKey === undefined ? content : [...content, keyStanza('key', preKey)];
}

function readKey(node: Stanza | undefined): NumberedKey {
  const id = readNumber(bytes(child(node, 'id'), 'key id'));
  return { id, public: bytes(child(node, 'value'), 'key value') };
}

function keyStanza(tag: string, key: NumberedKey, signature?: Buffer): Stanza {
  const content = [stanza('id', {}, bigEndian(key.id, KEY_ID_BYTES)), stanza('value', {}, key.public)];
  if (signature !== undefined) content.push(stanza('signature', {}, signature));
  return stanza(tag, {}, content);
}

function bigEndian(value: number, length: number): Buffer {
  const data = Buffer.alloc(length);
  data.writeUIntBE(value, 0, length);
  return data;
}
