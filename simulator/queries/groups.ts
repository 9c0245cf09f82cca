import { type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, asks, notFound } from './query.ts';

/** `w:g2`: the simulated WhatsApp has no groups. */
export function answerGroups(iq: Stanza): Answer {
  if (asks(iq, 'get', 'participating')) return { content: [stanza('groups')] };
  throw notFound();
}
