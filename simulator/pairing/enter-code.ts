import type { Account } from '../accounts/account.ts';
import { SimulatorError } from '../errors.ts';
import { agree, generateKeys } from '../wire/keys.ts';
import { attribute, bytes, child, SERVER, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { decryptKeyBundle, type KeyBundleProof, unwrapKey, wrapKey } from './code-cipher.ts';
import type { CodeRequest } from './code-request.ts';
import { linkDevice } from './link-device.ts';

/** A code is displayed with a dash between its halves, which is not part of it. */
const SEPARATORS = /[\s-]/g;

/** Enters the code of a client on the phone of `account`. Rejects with `conflict` when the code is wrong. */
export async function enterCode(code: string, request: CodeRequest, account: Account): Promise<void> {
  const digits = code.replace(SEPARATORS, '');
  const ephemeral = generateKeys();
  const companionKey = await unwrapKey(digits, request.wrappedKey);
  const wrapped = await wrapKey(digits, ephemeral.public);
  const answer = request.finish();
  request.client.connection.send(primaryHello(request, wrapped, account.primary.identity.public));
  const iq = await answer;
  const { companionIdentity, advSecret } = prove(iq, agree(ephemeral.private, companionKey), request, account);
  if (!companionIdentity.equals(request.client.keys.identity)) {
    throw new SimulatorError(
      'conflict',
      'the identity key in the key bundle is not the one that the client registered',
    );
  }
  request.client.connection.send(stanza('iq', { id: attribute(iq, 'id'), from: SERVER, type: 'result' }));
  await linkDevice(account, request.client, advSecret);
}

function primaryHello(request: CodeRequest, wrappedKey: Buffer, identity: Buffer): Stanza {
  const content = [
    stanza('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrappedKey),
    stanza('primary_identity_pub', {}, identity),
    stanza('link_code_pairing_ref', {}, request.ref),
  ];
  const id = `code-${request.ref.toString('hex')}`;
  const type = 'link_code_companion_reg';
  return stanza('notification', { from: SERVER, type, id, t: timestamp() }, [
    stanza(type, { stage: 'primary_hello' }, content),
  ]);
}

function prove(iq: Stanza, secret: Buffer, request: CodeRequest, account: Account): KeyBundleProof {
  const finish = child(iq, 'link_code_companion_reg');
  try {
    const bundle = bytes(child(finish, 'link_code_pairing_wrapped_key_bundle'), 'key bundle');
    return decryptKeyBundle(bundle, secret, account.primary.identity);
  } catch (cause) {
    const error = stanza('error', { code: '400', text: 'bad-request' });
    const refusal = stanza('iq', { id: attribute(iq, 'id'), from: SERVER, type: 'error' }, [error]);
    request.client.connection.send(refusal);
    throw new SimulatorError('conflict', 'the client shows a different pairing code', {
      details: { field: 'code' },
      cause,
    });
  }
}
