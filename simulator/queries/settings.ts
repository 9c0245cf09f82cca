import { stanza } from '../wire/stanza.ts';
import { type Answer, DONE } from './query.ts';

/** `w:p` pings and everything else that only wants to hear that it arrived. */
export function answerEmpty(): Answer {
  return DONE;
}

/** `abt`: server-side switches. None is set, which leaves every client feature at its default. */
export function answerProps(): Answer {
  return { content: [stanza('props', { hash: 'simulator', protocol: '1' })] };
}

/** `blocklist`: nobody is blocked. */
export function answerBlocklist(): Answer {
  return { content: [stanza('list')] };
}
