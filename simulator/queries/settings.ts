import { stanza } from '../wire/stanza.ts';
import { type Answer, DONE } from './query.ts';

/** `w:p` pings and other queries that only need an empty result. */
export function answerEmpty(): Answer {
  return DONE;
}

/** `abt`: server-side switches. None is set, so that all client features keep their defaults. */
export function answerProps(): Answer {
  return { content: [stanza('props', { hash: 'simulator', protocol: '1' })] };
}

/** `blocklist`: nobody is blocked. */
export function answerBlocklist(): Answer {
  return { content: [stanza('list')] };
}
