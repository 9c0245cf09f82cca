import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { gatewayPartition } from '../../domain/id-schemas.ts';
import type { Store } from '../contract.ts';
import { keyIn } from '../record-kinds.ts';
import { jsonCodec } from './codec.ts';

const SecretSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const codec = jsonCodec('secrets', v.object({ apiKeyPepper: SecretSchema, logKey: SecretSchema }));
const key = keyIn(gatewayPartition, 'secrets');

/** What an installation makes up once and keeps to itself, 32 bytes each. */
export interface GatewaySecrets {
  /** What the secrets of api keys are hashed under. */
  apiKeyPepper: Uint8Array;
  /** What people's names for WhatsApp and for the login are hashed under before they are logged. */
  logKey: Uint8Array;
}

/** The secrets of this store, made now if nobody has before. */
export async function gatewaySecrets(store: Store): Promise<GatewaySecrets> {
  const stored = await store.get(key);
  if (stored !== null) return toBytes(codec.decode(stored.value));
  const made = { apiKeyPepper: randomBytes(32).toString('hex'), logKey: randomBytes(32).toString('hex') };
  const written = await store.commit({ checks: [{ key, version: null }], sets: [{ key, value: codec.encode(made) }] });
  // Somebody else was faster.
  return written.ok ? toBytes(made) : gatewaySecrets(store);
}

function toBytes({ apiKeyPepper, logKey }: Record<keyof GatewaySecrets, string>): GatewaySecrets {
  return { apiKeyPepper: Buffer.from(apiKeyPepper, 'hex'), logKey: Buffer.from(logKey, 'hex') };
}
