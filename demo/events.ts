import * as v from 'valibot';

const EventSchema = v.object({ event: v.string(), payload: v.record(v.string(), v.unknown()) });

/** An event of the gateway. */
export type GatewayEvent = v.InferOutput<typeof EventSchema>;

/** Yields the events of a stream of server-sent events; comments and other fields are ignored. */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<GatewayEvent, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield v.parse(EventSchema, JSON.parse(data));
    }
  }
}
