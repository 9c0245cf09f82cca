/** A server-sent event: `data` is null for an id by itself, which only advances the position. */
export interface ServerSentEvent {
  id: string | null;
  data: string | null;
}

/** Larger than any event of the gateway. */
const maxBuffered = 1024 * 1024;

/**
 * Parses server-sent events (WHATWG HTML 9.2) from chunks. Unlike a browser's own parser it also reports ids without
 * data, with which the gateway advances the position of a quiet stream.
 */
export class EventParser {
  #rest = '';

  /** The events that this chunk completes. Throws when an event gets too long. */
  feed(chunk: string): ServerSentEvent[] {
    const blocks = (this.#rest + chunk).replaceAll('\r\n', '\n').split('\n\n');
    this.#rest = blocks.pop() ?? '';
    if (this.#rest.length > maxBuffered) throw new Error('an event is too long');
    return blocks.map(eventOf).filter(({ id, data }) => id !== null || data !== null);
  }
}

function eventOf(block: string): ServerSentEvent {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') id = value;
    if (field === 'data') data.push(value);
  }
  return { id, data: data.length === 0 ? null : data.join('\n') };
}
