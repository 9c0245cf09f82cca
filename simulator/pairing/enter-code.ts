import type { Account } from '../accounts/account.ts';
import { SimulatorError } from '../errors.ts';
import { agree, generateKeys } from '../wire/keys.ts';
import { attribute, bytes, child, SERVER, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { acceptClient } from './accept-client.ts';
import { decryptKeyBundle, type KeyBundleProof, unwrapKey, wrapKey } from './code-cipher.ts';
import type { CodeRequest } from './code-request.ts';
import type { PairingNetwork } from './network.ts';

/** A code is displayed with a dash between its halves, which is not part of it. */
const SEPARATORS = /[\s-]/g;

const LINK_CODE = 'link_code_companion_reg';

/** Enters the code of a client on the phone of `account`. Rejects with `conflict` when the code is wrong. */
export async function enterCode(
  code: string,
  request: CodeRequest,
  account: Account,
  network: PairingNetwork,
): Promise<void> {
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
  // Some clients of accounts with a passkey were notified of their code a second time, without the phone's key.
  if (account.passkey !== undefined) request.client.connection.send(codeAccepted(request));
  await acceptClient(account, request.client, advSecret, network);
}

function primaryHello(request: CodeRequest, wrappedKey: Buffer, identity: Buffer): Stanza {
  const content = [
    stanza('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrappedKey),
    stanza('primary_identity_pub', {}, identity),
    stanza('link_code_pairing_ref', {}, request.ref),
  ];
  return codeNotification('code', request, stanza(LINK_CODE, { stage: 'primary_hello' }, content));
}

function codeAccepted(request: CodeRequest): Stanza {
  const content = [stanza('link_code_pairing_ref', {}, request.ref)];
  return codeNotification('accepted', request, stanza(LINK_CODE, { stage: 'primary_hello' }, content));
}

function codeNotification(prefix: string, { ref }: CodeRequest, content: Stanza): Stanza {
  const id = `${prefix}-${ref.toString('hex')}`;
  return stanza('notification', { from: SERVER, type: LINK_CODE, id, t: timestamp() }, [content]);
}

function prove(iq: Stanza, secret: Buffer, request: CodeRequest, account: Account): KeyBundleProof {
  const finish = child(iq, LINK_CODE);
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
