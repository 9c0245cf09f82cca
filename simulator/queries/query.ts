import type { Account } from '../accounts/account.ts';
import type { Companion } from '../accounts/companion.ts';
import type { Connection } from '../connection/connection.ts';
import type { MessageNetwork } from '../messages/network.ts';
import { attribute, child, children, type Stanza } from '../wire/stanza.ts';

/** The client that sent a query. */
export interface QueryClient {
  readonly connection: Connection;
  readonly account: Account;
  readonly companion: Companion;
  readonly network: MessageNetwork;
}

/** The content of the `<iq type="result">`, and an action after it is sent. */
export interface Answer {
  readonly content: Stanza[];
  readonly afterwards?: () => void;
}

/** Answers the queries of one `xmlns`. Throws a `QueryRefusal` to answer with an error. */
export type QueryHandler = (iq: Stanza, client: QueryClient) => Answer;

/** A query that is answered with `<iq type="error">`. */
export class QueryRefusal extends Error {
  override readonly name = 'QueryRefusal';
  readonly code: number;

  /** @param text WhatsApp's name for the code, such as `item-not-found` for 404 */
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export function notImplemented(): QueryRefusal {
  return new QueryRefusal(501, 'feature-not-implemented');
}

export function notFound(): QueryRefusal {
  return new QueryRefusal(404, 'item-not-found');
}

export function forbidden(): QueryRefusal {
  return new QueryRefusal(403, 'forbidden');
}

/** An empty result. */
export const DONE: Answer = { content: [] };

/** Whether the query is of that type and its first child has that tag. */
export function isQuery(iq: Stanza, type: 'get' | 'set', tag: string): boolean {
  return attribute(iq, 'type') === type && child(iq, tag) !== undefined;
}

/** The grandchildren of a query with that tag: `<iq><list><user/>…`. */
export function itemsOf(iq: Stanza, list: string, tag: string): Stanza[] {
  const node = child(iq, list);
  return node === undefined ? [] : children(node, tag);
}
