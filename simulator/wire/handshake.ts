import { proto } from '@whiskeysockets/baileys';
import type { ServerIdentity } from './certificates.ts';
import { agree, generateKeys } from './keys.ts';
import { type FrameCipher, HandshakeState } from './noise.ts';

/** The result of a handshake. */
export interface Handshake {
  /** The client's Noise static key, 32 bytes: it identifies a linked device at later logins. */
  readonly clientKey: Buffer;
  /** A registration or a login. */
  readonly payload: proto.ClientPayload;
  readonly fromClient: FrameCipher;
  readonly toClient: FrameCipher;
}

/**
 * The responder's side of a Noise XX handshake.
 * @param identity the server's certificate chain and static key
 * @param next reads the next frame from the client
 * @param send writes a frame to the client
 */
export async function performHandshake(
  identity: ServerIdentity,
  next: () => Promise<Buffer>,
  send: (payload: Uint8Array) => void,
): Promise<Handshake> {
  const state = new HandshakeState();
  const ephemeral = generateKeys();
  const clientEphemeral = required(proto.HandshakeMessage.decode(await next()).clientHello?.ephemeral, 'ephemeral key');
  state.mixHash(clientEphemeral);
  send(serverHello(state, identity, ephemeral, clientEphemeral));

  const finish = proto.HandshakeMessage.decode(await next()).clientFinish;
  const clientKey = state.decryptAndHash(required(finish?.static, 'static key'));
  state.mixKey(agree(ephemeral.private, clientKey));
  const payload = proto.ClientPayload.decode(state.decryptAndHash(required(finish?.payload, 'payload')));
  return { clientKey, payload, ...state.split() };
}

function serverHello(
  state: HandshakeState,
  identity: ServerIdentity,
  ephemeral: { public: Buffer; private: Buffer },
  clientEphemeral: Uint8Array,
): Uint8Array {
  state.mixHash(ephemeral.public);
  state.mixKey(agree(ephemeral.private, clientEphemeral));
  const encryptedStatic = state.encryptAndHash(identity.staticKeys.public);
  state.mixKey(agree(identity.staticKeys.private, clientEphemeral));
  const payload = state.encryptAndHash(identity.certificateChain);
  const hello = { ephemeral: ephemeral.public, static: encryptedStatic, payload };
  return proto.HandshakeMessage.encode({ serverHello: hello }).finish();
}

function required(bytes: Uint8Array | null | undefined, what: string): Uint8Array {
  if (bytes === null || bytes === undefined || bytes.length === 0)
    throw new Error(`the client's handshake lacks its ${what}`);
  return bytes;
}
