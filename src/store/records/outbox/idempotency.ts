import * as v from 'valibot';
import { timeOfUlid } from '../../../domain/ids.ts';
import type { Known } from '../../../domain/known.ts';
import type { Entry, Key, SetEntry, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { rowKey } from './outbox-rows.ts';

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

/** The same claim, whose send was deleted before it was settled. */
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

/** No send is open for that long, and a settled one is kept for longer than its key: it was deleted with its session. */
const longestMs = 24 * 60 * 60 * 1000 + retentionMs;

/**
 * The claim of a key that is still to be remembered. One whose send is gone since long is deleted, and its key is free.
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
