import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An api key taken apart: its id may be shown, its secret may not. */
export interface ApiKeyToken {
  id: string;
  secret: string;
}

/** 256 random bits, so that one fast hash of them is enough: there is nothing to guess. */
export function newSecret(): string {
  return randomBytes(32).toString('hex');
}

/** The whole key: `wa_`, its id, `_`, its secret, and a checksum that tells typing errors from wrong keys. */
export function format({ id, secret }: ApiKeyToken): string {
  return `wa_${id}_${secret}${checksum(`${id}${secret}`)}`;
}

/** Null for what cannot be a key, whatever is stored. */
export function parse(token: string): ApiKeyToken | null {
  const match = /^wa_([0-9A-Z]{26})_([0-9a-f]{64})([0-9a-f]{8})$/.exec(token);
  const [, id, secret, check] = match ?? [];
  if (id === undefined || secret === undefined || check !== checksum(`${id}${secret}`)) return null;
  return { id, secret };
}

/** What is stored of a secret (base64url): of no use to whoever has the store and not the pepper. */
export function macOf(secret: string, pepper: Uint8Array): string {
  return createHmac('sha256', pepper).update(secret).digest('base64url');
}

/** Takes the same time wherever the two differ. */
export function isSameMac(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
