import type { Connection } from '../connection/connection.ts';
import type { MessageNetwork } from '../messages/network.ts';
import type { PairingNetwork } from '../pairing/network.ts';
import { receivePairingQuery } from '../pairing/receive-pairing-query.ts';
import { attribute, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, notImplemented, type QueryClient, QueryRefusal } from './query.ts';
import { HANDLERS } from './table.ts';

/** Answers an `<iq>`. Every query is answered, so that clients do not wait for their timeout (60 s in Baileys). */
export function receiveQuery(iq: Stanza, connection: Connection, network: MessageNetwork & PairingNetwork): void {
  const type = attribute(iq, 'type');
  const { phase } = connection;
  if (type === 'result' || type === 'error') connection.queries.answer(iq);
  else if (phase.name === 'pairing') receivePairingQuery(iq, connection, network);
  else if (phase.name === 'open')
    reply(iq, { connection, account: phase.account, companion: phase.companion, network });
}

function reply(iq: Stanza, client: QueryClient): void {
  const head = { id: attribute(iq, 'id'), from: attribute(iq, 'to') ?? SERVER };
  try {
    const { content, afterwards } = answer(iq, client);
    client.connection.send(stanza('iq', { ...head, type: 'result' }, content.length === 0 ? undefined : content));
    afterwards?.();
  } catch (error) {
    const refusal = error instanceof QueryRefusal ? error : new QueryRefusal(400, 'bad-request');
    const content = [stanza('error', { code: String(refusal.code), text: refusal.message })];
    client.connection.send(stanza('iq', { ...head, type: 'error' }, content));
    if (refusal !== error) throw error;
  }
}

function answer(iq: Stanza, client: QueryClient): Answer {
  const handler = HANDLERS.get(attribute(iq, 'xmlns') ?? '');
  if (handler === undefined) throw notImplemented();
  return handler(iq, client);
}
