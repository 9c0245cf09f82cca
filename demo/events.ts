import * as v from 'valibot';

const EventSchema = v.object({ event: v.string(), payload: v.record(v.string(), v.unknown()) });

/** Something that happened to a session, as the gateway tells it. */
export type ToldEvent = v.InferOutput<typeof EventSchema>;

/** The events in a stream of server-sent events, as they come; what else such a stream carries is passed over. */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ToldEvent, void> {
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
