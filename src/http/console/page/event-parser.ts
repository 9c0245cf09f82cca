/** What a server-sent event says: `data` is null for an id by itself, which only tells a position. */
export interface ServerSentEvent {
  id: string | null;
  data: string | null;
}

/** More of one event than this is no event of ours. */
const maxBuffered = 1024 * 1024;

/**
 * Reads server-sent events (WHATWG HTML 9.2) that come in pieces. Unlike a browser's own reader it also tells of ids
 * without data, by which the gateway says how far a quiet stream has come.
 */
export class EventParser {
  #rest = '';

  /** The events that are complete with this piece. Throws when one gets too long. */
  feed(piece: string): ServerSentEvent[] {
    const blocks = (this.#rest + piece).replaceAll('\r\n', '\n').split('\n\n');
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
