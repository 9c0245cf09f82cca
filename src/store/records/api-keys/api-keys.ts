import {
  type ApiKeyRecord,
  ApiKeyRecordSchema,
  type Creator,
  cliCreator,
  type NewApiKey,
} from '../../../domain/api-key.ts';
import { done, GatewayError, type Outcome, type Refusal, refused } from '../../../domain/errors.ts';
import { gatewayPartition } from '../../../domain/id-schemas.ts';
import { newApiKeyId } from '../../../domain/ids.ts';
import { untilApplied } from '../../compare-and-set.ts';
import type { Entry, Key, SetEntry, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { gatewaySecrets } from '../gateway-secrets.ts';
import { firstBelow, recordsBelow } from '../record-scan.ts';
import { decodeText, encodeText } from '../text.ts';
import { ApiKeyLastUsed } from './api-key-last-used.ts';
import { format, isSameMac, macOf, newSecret, parse } from './api-key-token.ts';

/** How long a revoked or expired key is kept. */
const retentionMs = 7 * 24 * 60 * 60_000;

/** Valid keys that an organization may have, and as many ended ones. */
const maxKeys = 1_000;

/** How often a key is tried to be created while others are. */
const maxAttempts = 50;

const codec = jsonCodec('api key', ApiKeyRecordSchema);

/** A key as it can be shown, and when it was last used, to the minute (epoch milliseconds; null for never). */
export interface ApiKeyView {
  record: ApiKeyRecord;
  lastUsedAt: number | null;
}

interface CreateApiKey extends Omit<NewApiKey, 'expiresAt'> {
  organization: string;
  /** Epoch milliseconds; null, or not given, for a key that does not expire. */
  expiresAt?: number | null;
  /** Default: the command line. */
  createdBy?: Creator;
}

/** Api keys of organizations. Each belongs to one; a key of another organization is treated as absent. */
export interface ApiKeys {
  /** Creates a key; `token` is the whole key, which cannot be retrieved again. */
  create(input: CreateApiKey): Promise<Outcome<{ record: ApiKeyRecord; token: string }>>;
  /** The record of a key that is valid now; null for anything else. */
  verify(token: string): Promise<ApiKeyRecord | null>;
  /** Whether a key that was verified before is still valid. */
  isValid(organization: string, id: string): Promise<boolean>;
  /** In the order of creation, at most `limit` (1 to 1,000) after the id `after`, without unreadable records. */
  list(organization: string, page: { after?: string; limit: number }): Promise<ApiKeyView[]>;
  /** Revokes a key. `now` for exactly one call, then `before`; null when there is no such key. */
  revoke(organization: string, id: string): Promise<'now' | 'before' | null>;
}

export interface ApiKeysDeps {
  store: Store;
  /** Epoch milliseconds. */
  now: () => number;
  /** Secrets are stored as their HMAC under this. */
  pepper: Uint8Array;
}

export function apiKeys({ store, now, pepper }: ApiKeysDeps): ApiKeys {
  const use = new ApiKeyLastUsed(store, now);
  const isValidNow = ({ revokedAt, expiresAt }: ApiKeyRecord): boolean =>
    revokedAt === null && (expiresAt === null || now() < expiresAt);
  const find = (organization: string, id: string): Promise<ApiKeyRecord | null> =>
    unlessUnreadable(null, async () => decode(await store.get(recordKey(organization, id))));

  return {
    create: async ({ organization, expiresAt = null, createdBy = cliCreator, ...facts }) => {
      const [id, secret] = [newApiKeyId(), newSecret()];
      const made = { createdBy, secretMac: macOf(secret, pepper), createdAt: now() };
      const record = { id, organization, ...facts, ...made, expiresAt, revokedAt: null };
      // First the handle: a handle without a record is harmless, but a record without a handle could not be used.
      await store.commit({ sets: [handleOf(record)] });
      return (await add(store, record, isValidNow))
        ? done({ record, token: format({ id, secret }) })
        : refused(tooMany);
    },
    verify: async (token) => {
      const parsed = parse(token);
      const handle = parsed === null ? null : await store.get(handleKey(parsed.id));
      if (parsed === null || handle === null) return null;
      const organization = await unlessUnreadable(null, () => decodeText(handle.value));
      const record = organization === null ? null : await find(organization, parsed.id);
      // An id is no secret, so unknown ones are refused early. Only a caller with the secret learns that a key has ended.
      const matches = isSameMac(macOf(parsed.secret, pepper), record?.secretMac ?? '');
      if (record === null || !matches || !isValidNow(record)) return null;
      use.note(record);
      return record;
    },
    isValid: async (organization, id) => {
      const record = await find(organization, id);
      return record !== null && isValidNow(record);
    },
    list: async (organization, { after, limit }) => {
      const start = after === undefined ? {} : { after: recordKey(organization, after) };
      const records = await firstBelow(store, keyIn(organization, 'api-key'), limit, {
        decode: decodeEntry,
        ...start,
      });
      return use.withLastUse(organization, records);
    },
    revoke: async (organization, id) => {
      const key = recordKey(organization, id);
      const entry = await store.get(key);
      const record = await unlessUnreadable(null, () => decode(entry));
      if (entry === null || record === null) return null;
      if (record.revokedAt !== null) return 'before';
      const checks = [{ key, version: entry.version }];
      const revoked = { ...record, revokedAt: now() };
      const written = await store.commit({ checks, sets: [entryOf(revoked)] });
      await store.commit({ sets: [handleOf(revoked)] });
      // Only a revocation changes the record of a key, so a conflict means that another call has revoked it.
      return written.ok ? 'now' : 'before';
    },
  };
}

/** The same with the store's own pepper. */
export async function openApiKeys(store: Store, now: () => number): Promise<ApiKeys> {
  const { apiKeyPepper } = await gatewaySecrets(store);
  return apiKeys({ store, now, pepper: apiKeyPepper });
}

/** The entry that names a key's organization, which a token does not. */
function handleKey(id: string): Key {
  return keyIn(gatewayPartition, 'api-key', id);
}

function recordKey(organization: string, id: string): Key {
  return keyIn(organization, 'api-key', id);
}

function entryOf(record: ApiKeyRecord): SetEntry {
  return { key: recordKey(record.organization, record.id), value: codec.encode(record), ...lifeOf(record) };
}

function handleOf(record: ApiKeyRecord): SetEntry {
  return { key: handleKey(record.id), value: encodeText(record.organization), ...lifeOf(record) };
}

function lifeOf({ revokedAt, expiresAt }: ApiKeyRecord): { expiresAt?: number } {
  const end = revokedAt ?? expiresAt;
  return end === null ? {} : { expiresAt: end + retentionMs };
}

/** Stores a new key, and deletes the oldest ended ones over the limit. False when there are too many valid ones. */
async function add(store: Store, record: ApiKeyRecord, isValid: (key: ApiKeyRecord) => boolean): Promise<boolean> {
  const { organization } = record;
  // Changes with every new key, so that concurrent creations conflict.
  const counter = keyIn(organization, 'api-keys-made');
  const attempt = async (): Promise<boolean | undefined> => {
    const counted = await store.get(counter);
    const all = await Array.fromAsync(recordsBelow(store, keyIn(organization, 'api-key'), { decode: decodeEntry }));
    const ended = all.filter((key) => !isValid(key));
    if (all.length - ended.length >= maxKeys) return false;
    const { ok } = await store.commit({
      checks: [{ key: counter, version: counted?.version ?? null }],
      sets: [entryOf(record), { key: counter, value: encodeText(record.id) }],
      deletes: ended.slice(0, Math.max(0, ended.length - maxKeys)).map(({ id }) => recordKey(organization, id)),
    });
    return ok ? true : undefined;
  };
  return untilApplied(attempt, { exhausted: () => new GatewayError(tooManyAtOnce), attempts: maxAttempts });
}

function decode(entry: Entry | null): ApiKeyRecord | null {
  return entry === null ? null : codec.decode(entry.value);
}

function decodeEntry({ value }: Entry): ApiKeyRecord {
  return codec.decode(value);
}

const tooManyAtOnce: Refusal = {
  code: 'unavailable',
  message: 'too many keys are being created at once',
  retryAfterMs: 1_000,
};

const tooMany: Refusal = {
  code: 'conflict',
  message: `the organization has reached its limit of ${maxKeys} valid api keys; revoke some first`,
  details: { reason: 'too_many_api_keys', limit: maxKeys },
};
