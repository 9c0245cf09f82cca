import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { type ErrorCode, GatewayError } from '../../domain/errors.ts';
import { invalid } from '../response/errors.ts';

/** The default limit of a body, both compressed and decompressed. */
const usualMaxBytes = 64 * 1024;

/** How deep objects and arrays may be nested. */
const maxDepth = 32;

const unpackers = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** Extracts an object from a body that is too large to be read; null when it cannot. */
export type Skim = (pieces: AsyncIterable<Buffer>) => Promise<object | null>;

export interface BodyOptions {
  maxBytes?: number;
  skim?: Skim | null;
}

/**
 * The JSON object in the request's body; an empty object when there is no body. An uncompressed body over the limit is
 * passed to `skim`.
 *
 * NOTE: decompression starts only when the whole body has arrived. A reader that limits the output of a decompression
 * stream drops that stream at the limit, and corrupt data after it then raises an unhandled error, which ends the
 * process (one request can crash @koa/bodyparser 6.1.0 with co-body 6 this way).
 */
export async function readJson(request: IncomingMessage, options: BodyOptions = {}): Promise<object> {
  const { maxBytes = usualMaxBytes, skim = null } = options;
  const { 'content-length': length = 0, 'content-encoding': encoding, 'transfer-encoding': chunked } = request.headers;
  if (chunked === undefined && Number(length) === 0) return {};
  const canSkim = skim !== null && encoding === undefined && isJson(request);
  if (Number(length) > maxBytes && !canSkim) throw tooLarge(maxBytes);
  requireJson(request);
  const unpack = unpackerOf(encoding, maxBytes);
  const { chunks, isWhole } = await receive(request, maxBytes);
  if (isWhole) return parse(await unpack(Buffer.concat(chunks)));
  const skimmed = canSkim ? await skim(arriving(request, chunks)) : null;
  // The rest is read and discarded: a client that is still sending would not see the answer.
  request.resume();
  if (skimmed === null) throw tooLarge(maxBytes);
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

function unpackerOf(encoding = 'identity', maxBytes: number): (bytes: Buffer) => Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity') return async (bytes) => bytes;
  const unpack = unpackers.get(name);
  if (unpack === undefined) {
    throw refusal('unsupported_media_type', 'the Content-Encoding must be one of identity, gzip, deflate, br');
  }
  return async (bytes) => {
    try {
      return await unpack(bytes, { maxOutputLength: maxBytes });
    } catch (cause) {
      throw isOverflow(cause)
        ? tooLarge(maxBytes)
        : invalid('body', ['body does not match its Content-Encoding'], { cause });
    }
  };
}

/** The body up to the limit: `isWhole` unless more of it is still to be read. */
async function receive(request: IncomingMessage, maxBytes: number): Promise<{ chunks: Buffer[]; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of arriving(request)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) return { chunks, isWhole: false };
  }
  return { chunks, isWhole: true };
}

/** The chunks read so far, then the rest of the body. */
async function* arriving(request: IncomingMessage, read: Buffer[] = []): AsyncGenerator<Buffer, void> {
  // Shifting releases each chunk once it has been passed on.
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
  if (!isObject(value) || Array.isArray(value)) {
    throw invalid('body', ['body must be a JSON object']);
  }
  refuseHostile(value);
  return value;
}

function fromJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('body', ['body must be valid JSON in UTF-8'], { cause });
  }
}

/**
 * A key `__proto__` becomes the prototype of a copy of the object, and deep nesting overflows the stack of recursive
 * code. Walks level by level, without recursion.
 */
function refuseHostile(value: object): void {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw invalid('body', [`body must not be nested deeper than ${maxDepth} levels`]);
    if (level.some((item) => Object.hasOwn(item, '__proto__'))) {
      throw invalid('__proto__', ['__proto__ is not a known property']);
    }
    level = level.flatMap((item) => Object.values(item).filter(isObject));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(maxBytes: number): GatewayError {
  return refusal('payload_too_large', `the body must be at most ${maxBytes} bytes`, { maxBytes });
}

function refusal(code: ErrorCode, message: string, details: Record<string, number> = {}): GatewayError {
  return new GatewayError({ code, message, details });
}
