import * as v from 'valibot';
import type { Known } from '../domain/known.ts';
import { jsonCodec } from './codec.ts';
import type { Key, SetEntry, Store } from './contract.ts';
import { keyIn } from './record-kinds.ts';

/** How long a key is remembered once its send is settled. */
const retentionMs = 48 * 60 * 60 * 1000;

const ClaimSchema = v.looseObject({ session: v.string(), outboxId: v.string(), fingerprint: v.string() });

/** The send that an idempotency key stands for. `fingerprint` tells whether a later request asks for the same. */
export type Claim = Known<v.InferOutput<typeof ClaimSchema>>;

const codec = jsonCodec('idempotency record', ClaimSchema);

/** Idempotency keys are scoped by organization, and stored only as a hash: they come from callers. */
export function claimKey(organization: string, hash: string): Key {
  return keyIn(organization, 'idempotency', hash);
}

export function claimEntry(organization: string, hash: string, claim: Claim): SetEntry {
  return { key: claimKey(organization, hash), value: codec.encode(claim) };
}

/** The same claim, to be forgotten some time after the send was settled. */
export function settledClaimEntry(organization: string, hash: string, claim: Claim, now: number): SetEntry {
  return { ...claimEntry(organization, hash, claim), expiresAt: now + retentionMs };
}

export async function findClaim(store: Store, organization: string, hash: string): Promise<Claim | null> {
  const entry = await store.get(claimKey(organization, hash));
  return entry === null ? null : codec.decode(entry.value);
}
