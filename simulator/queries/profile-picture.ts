import { attribute, type Stanza } from '../wire/stanza.ts';
import { type Answer, DONE, notFound } from './query.ts';

/** `w:profile:picture`: nobody has a picture; setting one is accepted and forgotten. */
export function answerPictures(iq: Stanza): Answer {
  if (attribute(iq, 'type') === 'get') throw notFound();
  return DONE;
}
