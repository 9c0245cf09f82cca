import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type ApiKeyRecord, ApiKeyRecordSchema, type Capability } from '../domain/access.ts';
import { newApiKeyId } from '../domain/ids.ts';
import { jsonCodec } from './codec.ts';
import type { Entry, Key, Store } from './contract.ts';
import { recordsBelow } from './records.ts';

/** Api keys live outside any organization: a key is looked up before its organization is known. */
const partition = 'gateway';
const codec = jsonCodec('api key', ApiKeyRecordSchema);

interface NewApiKey {
  record: ApiKeyRecord;
  /** The whole key, to be shown once; it cannot be had again. */
  token: string;
}

/** Api keys: `wa_`, the key's id, `_`, a secret of 256 bits and a checksum that tells typing errors from wrong keys. */
export interface ApiKeys {
  create(input: { organization: string; name: string; capabilities: readonly Capability[] }): Promise<NewApiKey>;
  /** The record of a valid, unrevoked key; null for anything else, in the same time whatever is wrong with it. */
  verify(token: string): Promise<ApiKeyRecord | null>;
  /** Damaged records are left out. */
  list(organization: string): Promise<ApiKeyRecord[]>;
  /** False when there is no such key; revoking twice is the same as once. */
  revoke(organization: string, id: string): Promise<boolean>;
}

export function apiKeys(store: Store, now: () => number): ApiKeys {
  return {
    create: async ({ organization, name, capabilities }) => {
      const secret = randomBytes(32).toString('hex');
      const id = newApiKeyId();
      const record: ApiKeyRecord = {
        id,
        organization,
        name,
        capabilities: [...capabilities],
        secretHash: hash(secret),
        createdAt: now(),
        revokedAt: null,
      };
      await store.commit({ checks: [{ key: keyOf(id), version: null }], sets: [entryOf(record)] });
      return { record, token: format(id, secret) };
    },
    verify: async (token) => {
      const parsed = parse(token);
      const record = await find(store, parsed?.id ?? 'none');
      const matches = sameHash(hash(parsed?.secret ?? ''), record?.secretHash ?? hash(randomBytes(32).toString('hex')));
      return parsed !== null && record !== null && matches && record.revokedAt === null ? record : null;
    },
    list: async (organization) => {
      const decode = ({ value }: Entry) => codec.decode(value);
      const all = await Array.fromAsync(recordsBelow(store, [partition, 'api-key'], { decode }));
      return all.filter((record) => record.organization === organization);
    },
    revoke: async (organization, id) => {
      const record = await find(store, id);
      if (record === null || record.organization !== organization) return false;
      if (record.revokedAt === null) await store.commit({ sets: [entryOf({ ...record, revokedAt: now() })] });
      return true;
    },
  };
}

function keyOf(id: string): Key {
  return [partition, 'api-key', id];
}

function entryOf(record: ApiKeyRecord): { key: Key; value: Uint8Array } {
  return { key: keyOf(record.id), value: codec.encode(record) };
}

async function find(store: Store, id: string): Promise<ApiKeyRecord | null> {
  const entry = await store.get(keyOf(id));
  return entry === null ? null : codec.decode(entry.value);
}

function format(id: string, secret: string): string {
  return `wa_${id}_${secret}${checksum(`${id}${secret}`)}`;
}

function parse(token: string): { id: string; secret: string } | null {
  const match = /^wa_([0-9A-Z]{26})_([0-9a-f]{64})([0-9a-f]{8})$/.exec(token);
  const [, id, secret, check] = match ?? [];
  if (id === undefined || secret === undefined || check !== checksum(`${id}${secret}`)) return null;
  return { id, secret };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** The secret has 256 random bits, so one fast hash is enough: there is nothing to guess. */
function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
