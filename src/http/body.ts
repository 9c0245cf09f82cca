import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { type ErrorCode, GatewayError } from '../domain/errors.ts';
import { invalid } from './errors.ts';

/** The largest body that is accepted, both as it arrives and unpacked. */
const maxBodyBytes = 1024 * 1024;

const unpackers = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** What can be said of a body that is too large to be read, from its pieces; null when nothing can. */
export type Skim = (pieces: AsyncIterable<Buffer>) => Promise<object | null>;

/**
 * The JSON object in the request's body; an empty object when there is no body. One that is larger than the limit, and
 * not packed, is what `skim` makes of it.
 *
 * NOTE: unpacking happens only once everything has arrived. A reader that limits the output of an inflating stream
 * lets go of that stream at the limit, and damage behind it then becomes an error that nobody listens to, which ends
 * the process (@koa/bodyparser 6.1.0 with co-body 6 can be brought down so by one request).
 */
export async function readJson(request: IncomingMessage, skim: Skim | null = null): Promise<object> {
  const { 'content-length': length = 0, 'content-encoding': encoding, 'transfer-encoding': chunked } = request.headers;
  if (chunked === undefined && Number(length) === 0) return {};
  const canSkim = skim !== null && encoding === undefined && isJson(request);
  if (Number(length) > maxBodyBytes && !canSkim) throw tooLarge();
  requireJson(request);
  const unpack = unpackerOf(encoding);
  const { chunks, isWhole } = await receive(request);
  if (isWhole) return parse(await unpack(Buffer.concat(chunks)));
  const skimmed = canSkim ? await skim(arriving(request, chunks)) : null;
  // The rest is read and thrown away, because a client that is still sending would not see the answer.
  request.resume();
  if (skimmed === null) throw tooLarge();
  return skimmed;
}

function isJson({ headers: { 'content-type': contentType = '' } }: IncomingMessage): boolean {
  const [mediaType = ''] = contentType.split(';', 1);
  return mediaType.trim().toLowerCase() === 'application/json';
}

function requireJson(request: IncomingMessage): void {
  if (isJson(request)) return;
  throw refusal('unsupported_media_type', 'the body must be sent with Content-Type: application/json');
}

function unpackerOf(encoding = 'identity'): (bytes: Buffer) => Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity') return async (bytes) => bytes;
  const unpack = unpackers.get(name);
  if (unpack === undefined) {
    throw refusal('unsupported_media_type', 'the Content-Encoding must be one of identity, gzip, deflate, br');
  }
  return async (bytes) => {
    try {
      return await unpack(bytes, { maxOutputLength: maxBodyBytes });
    } catch (cause) {
      throw isOverflow(cause) ? tooLarge() : invalid('body', ['body does not match its Content-Encoding'], { cause });
    }
  };
}

/** The body as far as the limit allows: `isWhole` unless more of it is still to be read. */
async function receive(request: IncomingMessage): Promise<{ chunks: Buffer[]; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of arriving(request)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBodyBytes) return { chunks, isWhole: false };
  }
  return { chunks, isWhole: true };
}

/** The pieces of the body that are still to come, behind the ones that were read already. */
async function* arriving(request: IncomingMessage, read: Buffer[] = []): AsyncGenerator<Buffer, void> {
  // Nobody is to hold what has been passed on.
  for (let chunk = read.shift(); chunk !== undefined; chunk = read.shift()) yield chunk;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk;
  } catch (cause) {
    throw invalid('body', ['body ended before it was complete'], { cause });
  }
}

function parse(bytes: Buffer): object {
  if (bytes.length === 0) return {};
  const value = fromJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('body', ['body must be a JSON object']);
  }
  refusePrototypes(value);
  return value;
}

function fromJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('body', ['body must be valid JSON in UTF-8'], { cause });
  }
}

/** A key `__proto__` turns into another prototype as soon as somebody copies the object. Walks without recursion. */
function refusePrototypes(value: object): void {
  const pending: unknown[] = [value];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (typeof item !== 'object' || item === null) continue;
    if (Object.hasOwn(item, '__proto__')) throw invalid('__proto__', ['__proto__ is not a known property']);
    for (const child of Object.values(item)) pending.push(child);
  }
}

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(): GatewayError {
  return refusal('payload_too_large', `the body must be at most ${maxBodyBytes} bytes`, { maxBytes: maxBodyBytes });
}

function refusal(code: ErrorCode, message: string, details: Record<string, number> = {}): GatewayError {
  return new GatewayError({ code, message, details });
}
