import { type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, itemsOf } from './query.ts';

/** `w:sync:app:state`: settings that a phone shares with its companions. There are never any changes. */
export function answerAppState(iq: Stanza): Answer {
  const collections = itemsOf(iq, 'sync', 'collection').map(({ attrs: { name, version } }) =>
    stanza('collection', { name, version: version ?? '0', type: 'result' }),
  );
  return { content: [stanza('sync', {}, collections)] };
}
