import * as v from 'valibot';
import { OperatorError } from '../../../domain/errors.ts';

const timeoutMs = 5_000;
const maxBytes = 64 * 1024;

/** A token without a key id is tried with every key that fits, so there must not be too many. */
const maxKeys = 20;

const JwksSchema = v.looseObject({ keys: v.array(v.unknown()) });

/** A symmetric key has no place among published ones. */
const JwkSchema = v.looseObject({ kty: v.picklist(['RSA', 'EC', 'OKP']) });

type Jwk = v.InferOutput<typeof JwkSchema>;

/**
 * Fetches published keys (RFC 7517): no redirects, at most 64 KB, within 5 s. What is no key that could verify a token
 * is passed over. Rejects with whatever is wrong, also when there is no key then, or there are more than 20.
 */
export async function fetchJwks(url: URL, signal: AbortSignal): Promise<Jwk[]> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new OperatorError(`the JWKS was answered with the status ${response.status}`);
  }
  const published: unknown = JSON.parse(await readText(response.body));
  if (!v.is(JwksSchema, published)) throw new OperatorError('what was answered is no JWKS');
  const keys = published.keys.filter((key) => v.is(JwkSchema, key));
  if (keys.length === 0) throw new OperatorError('the JWKS has no key that could verify a token');
  if (keys.length > maxKeys) throw new OperatorError(`the JWKS has more than ${maxKeys} keys`);
  return keys;
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
