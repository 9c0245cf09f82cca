import { phoneOf } from '../accounts/address.ts';
import type { Connection } from '../connection/connection.ts';
import { attribute, child, requiredAttribute, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import { CodeRequest } from './code-request.ts';
import type { PairingNetwork } from './network.ts';
import type { PairingClient } from './pairing-client.ts';
import { receivePasskeyQuery } from './passkey/receive-passkey-query.ts';

const LINK_CODE = 'link_code_companion_reg';

/** Answers the queries of a client that is not linked yet: the two stages of linking by code, and those of a passkey. */
export function receivePairingQuery(iq: Stanza, connection: Connection, network: PairingNetwork): void {
  const { pairing, background } = network;
  const client = pairing.clientOn(connection);
  if (client === undefined) return;
  const ceremony = pairing.ceremonyOf(client);
  if (ceremony !== undefined && receivePasskeyQuery(iq, client, ceremony, background)) return;
  const query = child(iq, LINK_CODE);
  const stage = query === undefined ? undefined : attribute(query, 'stage');
  if (query !== undefined && stage === 'companion_hello') {
    const request = new CodeRequest(client, phoneOf(requiredAttribute(query, 'jid')), query);
    pairing.requestCode(request);
    const ref = stanza('link_code_pairing_ref', {}, request.ref);
    reply(iq, client, 'result', stanza(LINK_CODE, { stage: 'companion_hello' }, [ref]));
  } else if (stage !== 'companion_finish' || pairing.codeRequestOf(client)?.finished(iq) !== true) {
    reply(iq, client, 'error', stanza('error', { code: '501', text: 'feature-not-implemented' }));
  }
}

function reply(iq: Stanza, client: PairingClient, type: 'result' | 'error', content: Stanza): void {
  client.connection.send(stanza('iq', { id: attribute(iq, 'id'), from: SERVER, type }, [content]));
}
