import * as v from 'valibot';
import { OperatorError } from '../../domain/errors.ts';

const timeoutMs = 5_000;
const maxBytes = 64 * 1024;

/** A token without a key id is tried with every key that fits, so there must not be too many. */
const maxKeys = 20;

const JwksSchema = v.looseObject({
  keys: v.pipe(v.array(v.looseObject({ kty: v.string() })), v.maxLength(maxKeys)),
});

/** A JSON Web Key Set (RFC 7517) of at most 20 keys. */
export type Jwks = v.InferOutput<typeof JwksSchema>;

/** Fetches published keys: no redirects, at most 64 KB, within 5 s. Rejects with whatever is wrong. */
export async function fetchKeys(url: URL, signal: AbortSignal): Promise<Jwks> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new OperatorError(`the JWKS was answered with the status ${response.status}`);
  }
  return v.parse(JwksSchema, JSON.parse(await readText(response.body)));
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new OperatorError('the JWKS is larger than 64 KB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
