import { attribute, type Stanza } from '../wire/stanza.ts';
import { type Answer, DONE, notFound } from './query.ts';

/** `w:profile:picture`: there are no pictures; setting one is accepted and not stored. */
export function answerPictures(iq: Stanza): Answer {
  if (attribute(iq, 'type') === 'get') throw notFound();
  return DONE;
}
