import * as v from 'valibot';
import { OperatorError } from '../../../domain/errors.ts';

const timeoutMs = 5_000;
const maxBytes = 64 * 1024;

/** A token without a key id is verified with every matching key, so their number must be bounded. */
const maxKeys = 20;

const JwksSchema = v.looseObject({ keys: v.array(v.unknown()) });

/** Symmetric keys must never be published, so they are ignored. */
const JwkSchema = v.looseObject({ kty: v.picklist(['RSA', 'EC', 'OKP']) });

type Jwk = v.InferOutput<typeof JwkSchema>;

/**
 * Fetches published keys (RFC 7517): no redirects, at most 64 KB, within 5 s. Skips entries that cannot verify a token.
 * Rejects when the fetch fails, or when no key or more than 20 keys are left.
 */
export async function fetchJwks(url: URL, signal: AbortSignal): Promise<Jwk[]> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new OperatorError(`the JWKS request was answered with status ${response.status}`);
  }
  const published: unknown = JSON.parse(await readText(response.body));
  if (!v.is(JwksSchema, published)) throw new OperatorError('the response is not a JWKS');
  const keys = published.keys.filter((key) => v.is(JwkSchema, key));
  if (keys.length === 0) throw new OperatorError('the JWKS has no key that can verify a token');
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
