import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { assertDocumented, assertDocumentedEvent } from '../../support/gateway/documented.ts';

/** A block of a stream: what stands between two empty lines. */
export interface Block {
  id?: string;
  event?: string;
  data?: string;
  retry?: string;
  /** Of a comment. */
  comment?: string;
}

/** A client of server-sent events over a connection of its own, by the rules of WHATWG HTML 9.2. */
export class SseClient implements AsyncDisposable {
  readonly response: IncomingMessage;
  readonly blocks: Block[] = [];
  /** What a browser would send as `Last-Event-ID`. */
  lastEventId = '';
  /** Resolves once the stream has ended, with whether it ended in good order. */
  readonly ended: Promise<boolean>;
  readonly #request: ClientRequest;
  #text = '';
  #news = Promise.withResolvers<void>();

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    response.on('error', () => undefined);
    this.ended = new Promise((resolve) => response.once('close', () => resolve(response.complete)));
  }

  /** Opens a stream; rejects unless it is one, and one that is in the OpenAPI document. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
    const { request, response } = await answered(url, headers);
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    const header = (name: string) => response.headersDistinct[name.toLowerCase()]?.join() ?? null;
    assertDocumented({ method: 'GET', target: url, status: response.statusCode, header });
    return new SseClient(request, response);
  }

  /** The blocks that are events. */
  get events(): Block[] {
    return this.blocks.filter(({ data }) => data !== undefined);
  }

  /** The first events of that number, as soon as there are so many. */
  async until(count: number): Promise<Block[]> {
    const events = (await this.untilThat(() => this.events.length >= count)).events.slice(0, count);
    for (const { data = '' } of events) assertDocumentedEvent(JSON.parse(data));
    return events;
  }

  async untilThat(isSo: () => boolean): Promise<this> {
    while (!isSo()) await this.#news.promise;
    return this;
  }

  /** Stops taking what comes. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.destroy();
    await this.ended;
  }

  #read(text: string): void {
    this.#text += text;
    const whole = this.#text.split('\n\n');
    this.#text = whole.pop() ?? '';
    for (const block of whole.map(parse)) {
      this.blocks.push(block);
      this.lastEventId = block.id ?? this.lastEventId;
    }
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

function answered(
  url: string,
  headers: Record<string, string>,
): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      request.off('error', reject).on('error', () => undefined);
      resolve({ request, response });
    });
  });
}

function parse(text: string): Block {
  const lines = text.split('\n').map((line): [string, string] => {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    return [name === '' ? 'comment' : name, value];
  });
  return Object.fromEntries(lines);
}
