import type { Stanza } from '../wire/stanza.ts';
import { stanza } from '../wire/stanza.ts';
import { type Answer, DONE, isQuery } from './query.ts';

/** All categories are set to `all`, so that read receipts are sent. */
const SETTINGS = ['readreceipts', 'profile', 'status', 'online', 'last', 'groupadd', 'calladd', 'messages'];

/** `privacy`: reading the settings; changes and tokens are accepted and not stored. */
export function answerPrivacy(iq: Stanza): Answer {
  if (!isQuery(iq, 'get', 'privacy')) return DONE;
  const categories = SETTINGS.map((name) => stanza('category', { name, value: 'all' }));
  return { content: [stanza('privacy', {}, categories)] };
}
