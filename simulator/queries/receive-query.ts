import type { Connection } from '../connection/connection.ts';
import type { QueryRule } from '../faults/rule.ts';
import type { MessageNetwork } from '../messages/network.ts';
import type { PairingNetwork } from '../pairing/network.ts';
import { receivePairingQuery } from '../pairing/receive-pairing-query.ts';
import { attribute, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, notImplemented, type QueryClient, QueryRefusal } from './query.ts';
import { HANDLERS } from './table.ts';

/** WhatsApp's names for codes. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'bad-request',
  403: 'forbidden',
  404: 'item-not-found',
  406: 'not-acceptable',
  429: 'rate-overlimit',
  500: 'internal-server-error',
  503: 'service-unavailable',
};
const DEFAULT_CODE = 500;

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
  const rule = refusalRule(iq, client);
  if (rule?.silent === true) return;
  const head = { id: attribute(iq, 'id'), from: attribute(iq, 'to') ?? SERVER };
  try {
    if (rule !== undefined) throw injected(rule.code ?? DEFAULT_CODE);
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

function refusalRule(iq: Stanza, { connection, account, network }: QueryClient): QueryRule | undefined {
  const xmlns = attribute(iq, 'xmlns');
  return network.faults.forQuery({ connection: connection.id, account: account.phone, id: attribute(iq, 'id'), xmlns });
}

function injected(code: number): QueryRefusal {
  return new QueryRefusal(code, REFUSALS[code] ?? 'refused');
}

function answer(iq: Stanza, client: QueryClient): Answer {
  const handler = HANDLERS.get(attribute(iq, 'xmlns') ?? '');
  if (handler === undefined) throw notImplemented();
  return handler(iq, client);
}
