import { stanza } from '../wire/stanza.ts';
import type { Answer } from './query.ts';

const VALID_SECONDS = '3600';

/** `w:m`: where to upload media. Nothing listens there, so that an upload fails at once. */
export function answerMedia(): Answer {
  const host = stanza('host', { hostname: 'localhost' });
  return {
    content: [stanza('media_conn', { auth: 'simulator', ttl: VALID_SECONDS, auth_ttl: VALID_SECONDS }, [host])],
  };
}
