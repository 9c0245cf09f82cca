import { stanza } from '../wire/stanza.ts';
import type { Answer } from './query.ts';

const VALID_SECONDS = '3600';

/** `w:m`: the media host. Nothing listens there, so uploads fail immediately. */
export function answerMedia(): Answer {
  const host = stanza('host', { hostname: 'localhost' });
  return {
    content: [stanza('media_conn', { auth: 'simulator', ttl: VALID_SECONDS, auth_ttl: VALID_SECONDS }, [host])],
  };
}
