import { issueToken } from '../messages/privacy-token.ts';
import { requiredAttribute, type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, DONE, isQuery, itemsOf, type QueryClient } from './query.ts';

/** All categories are set to `all`, so that read receipts are sent. */
const SETTINGS = ['readreceipts', 'profile', 'status', 'online', 'last', 'groupadd', 'calladd', 'messages'];

/** `privacy`: reading the settings, whose changes are not stored, and issuing tokens. */
export function answerPrivacy(iq: Stanza, client: QueryClient): Answer {
  if (isQuery(iq, 'set', 'tokens')) return issueTokens(iq, client);
  if (!isQuery(iq, 'get', 'privacy')) return DONE;
  const categories = SETTINGS.map((name) => stanza('category', { name, value: 'all' }));
  return { content: [stanza('privacy', {}, categories)] };
}

/** The people that the client names get its account's token, now or at their next login. */
function issueTokens(iq: Stanza, { account, network }: QueryClient): Answer {
  for (const token of itemsOf(iq, 'tokens', 'token')) {
    const holder = network.directory.find(requiredAttribute(token, 'jid'));
    const issuedAt = Number(requiredAttribute(token, 't'));
    if (holder !== undefined && Number.isSafeInteger(issuedAt) && issuedAt > 0)
      issueToken(account, holder, issuedAt, network);
  }
  return DONE;
}
