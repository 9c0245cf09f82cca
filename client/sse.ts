/** A block of an event stream: an event has data; an id without data only advances the position. */
export interface Block {
  readonly id?: string;
  readonly data?: string;
}

/** Larger than any event of the gateway. */
const maxBlockLength = 4 * 1024 * 1024;

/** The blocks of a server-sent event stream (WHATWG HTML, 9.2); comments become empty blocks. */
export async function* blocksIn(body: ReadableStream<Uint8Array>): AsyncGenerator<Block, void, undefined> {
  let text = '';
  const decoder = new TextDecoder();
  // Not every browser supports iterating over a stream.
  const reader = body.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text = `${text}${decoder.decode(value, { stream: true })}`.replaceAll('\r\n', '\n');
    const whole = text.split('\n\n');
    text = whole.pop() ?? '';
    if (text.length > maxBlockLength) throw new Error('the event stream is unreadable: an event is too long');
    yield* whole.map(parse);
  }
}

function parse(text: string): Block {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    const earlier = name === 'data' ? fields.get(name) : undefined;
    fields.set(name, earlier === undefined ? value : `${earlier}\n${value}`);
  }
  const [id, data] = [fields.get('id'), fields.get('data')];
  return { ...(id !== undefined && { id }), ...(data !== undefined && { data }) };
}
