import type { StreamErrorCode } from '../faults/rule.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';

/** The end of a stream whose client has not confirmed that stanza. */
export function unconfirmedError({ tag, attrs: { id, type } }: Stanza): Stanza {
  return stanza('stream:error', {}, [stanza('ack', { class: tag, id, type })]);
}

/** The stanza that ends a stream. 440 and 401 are conflicts, which clients distinguish by type. */
export function streamError(code: StreamErrorCode): Stanza {
  if (code === 440) return stanza('stream:error', {}, [stanza('conflict', { type: 'replaced' })]);
  if (code === 401) return stanza('stream:error', { code: '401' }, [stanza('conflict', { type: 'device_removed' })]);
  return stanza('stream:error', { code: String(code) });
}
