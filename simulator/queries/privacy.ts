import type { Stanza } from '../wire/stanza.ts';
import { stanza } from '../wire/stanza.ts';
import { type Answer, DONE, isQuery } from './query.ts';

/** Every category at its most open, so that read receipts flow. */
const SETTINGS = ['readreceipts', 'profile', 'status', 'online', 'last', 'groupadd', 'calladd', 'messages'];

/** `privacy`: reading the settings; changing them and issuing tokens is accepted and forgotten. */
export function answerPrivacy(iq: Stanza): Answer {
  if (!isQuery(iq, 'get', 'privacy')) return DONE;
  const categories = SETTINGS.map((name) => stanza('category', { name, value: 'all' }));
  return { content: [stanza('privacy', {}, categories)] };
}
