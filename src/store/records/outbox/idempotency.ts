import * as v from 'valibot';
import { timeOfUlid } from '../../../domain/ids.ts';
import type { Known } from '../../../domain/known.ts';
import type { Entry, Key, SetEntry, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { rowKey } from './outbox-rows.ts';

/** How long a key is kept after its send was settled. */
const retentionMs = 48 * 60 * 60 * 1000;

const ClaimSchema = v.looseObject({ session: v.string(), outboxId: v.string(), fingerprint: v.string() });

/** The send of an idempotency key. `fingerprint` identifies the request: another one with the same key is refused. */
export type Claim = Known<v.InferOutput<typeof ClaimSchema>>;

const codec = jsonCodec('idempotency record', ClaimSchema);

/** Idempotency keys are scoped by organization, and stored only as a hash: they come from callers. */
export function claimKey(organization: string, hash: string): Key {
  return keyIn(organization, 'idempotency', hash);
}

export function claimEntry(organization: string, hash: string, claim: Claim): SetEntry {
  return { key: claimKey(organization, hash), value: codec.encode(claim) };
}

/** The same claim, which expires some time after the send was settled. */
export function settledClaimEntry(organization: string, hash: string, claim: Claim, now: number): SetEntry {
  return { ...claimEntry(organization, hash, claim), expiresAt: now + retentionMs };
}

/** The same claim, for a send that was deleted before it was settled. */
export function releasedClaimEntry(organization: string, hash: string, claim: Claim): SetEntry {
  return { ...claimEntry(organization, hash, claim), lifetimeMs: retentionMs };
}

export function decodeClaim({ value }: Entry): Claim {
  return codec.decode(value);
}

export async function findClaim(store: Store, organization: string, hash: string): Promise<Claim | null> {
  const entry = await store.get(claimKey(organization, hash));
  return entry === null ? null : decodeClaim(entry);
}

/** No send is open for that long, and a settled one outlives its key: after that, a missing row was deleted with its session. */
const longestMs = 24 * 60 * 60 * 1000 + retentionMs;

/**
 * The claim of a key that is still in use. A claim whose send is long gone is deleted, which frees its key.
 */
export async function standingClaim(
  store: Store,
  organization: string,
  hash: string,
  now: number,
): Promise<Claim | null> {
  const key = claimKey(organization, hash);
  const entry = await store.get(key);
  if (entry === null) return null;
  const claim = decodeClaim(entry);
  if (now - timeOfUlid(claim.outboxId) <= longestMs) return claim;
  if ((await store.get(rowKey({ organization, session: claim.session }, claim.outboxId))) !== null) return claim;
  const freed = await store.commit({ checks: [{ key, version: entry.version }], deletes: [key] });
  return freed.ok ? null : findClaim(store, organization, hash);
}
