import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { gatewayPartition } from '../../domain/id-schemas.ts';
import type { Store } from '../contract.ts';
import { keyIn } from '../record-kinds.ts';
import { jsonCodec } from './codec.ts';

const SecretSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const codec = jsonCodec('secrets', v.object({ apiKeyPepper: SecretSchema, logKey: SecretSchema }));
const key = keyIn(gatewayPartition, 'secrets');

/** Secrets that an installation generates once, 32 bytes each. */
export interface GatewaySecrets {
  /** The HMAC key for the secrets of api keys. */
  apiKeyPepper: Uint8Array;
  /** The HMAC key for WhatsApp and login names in logs. */
  logKey: Uint8Array;
}

/** The secrets of this store, which are generated if there are none. */
export async function gatewaySecrets(store: Store): Promise<GatewaySecrets> {
  const stored = await store.get(key);
  if (stored !== null) return toBytes(codec.decode(stored.value));
  const made = { apiKeyPepper: randomBytes(32).toString('hex'), logKey: randomBytes(32).toString('hex') };
  const written = await store.commit({ checks: [{ key, version: null }], sets: [{ key, value: codec.encode(made) }] });
  // Another process was faster.
  return written.ok ? toBytes(made) : gatewaySecrets(store);
}

function toBytes({ apiKeyPepper, logKey }: Record<keyof GatewaySecrets, string>): GatewaySecrets {
  return { apiKeyPepper: Buffer.from(apiKeyPepper, 'hex'), logKey: Buffer.from(logKey, 'hex') };
}
