import { type AuthenticationCreds, BufferJSON } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Credentials, Identity, KeyChange } from '../../../store/records/sessions/credentials.ts';
import { accountOf } from '../account.ts';
import { isLinked, parseCreds } from './auth-state.ts';
import { nextIdAfterRestore } from './pre-key-ids.ts';
import { closedSessions } from './signal-sessions.ts';

/** Keys per commit. */
const batchSize = 500;

/** Bytes in JSON: Node's own form, or Baileys', which its reviver has decoded. */
const BytesSchema = v.union([
  v.instance(Uint8Array),
  v.pipe(
    v.looseObject({ data: v.array(v.number()) }),
    v.transform(({ data }) => Uint8Array.from(data)),
  ),
]);

/** Baileys' record of one device's sender keys for a group; only the creator of a key has its private part. */
const SenderKeysSchema = v.array(
  v.looseObject({ senderSigningKey: v.looseObject({ private: v.optional(BytesSchema) }) }),
);

/**
 * Makes a restored identity, which is older than what WhatsApp and its users have seen of it, safe to use. Its keys may
 * have encrypted other messages since, so no Signal session and no own sender key is used again: the next message to a
 * device begins a new session, and the next one to a group distributes a new sender key. Others may still encrypt with the
 * former sessions, so these are closed and not deleted. New prekeys get ids that were never used; Baileys uploads some at
 * the next login, with the signed prekey, because the server's last one is unknown to it.
 *
 * Resolves with false when no phone has linked the session. Rejects when the identity is unreadable.
 */
export async function resetSignalState(
  credentials: Credentials,
  address: SessionAddress,
  now: number,
): Promise<boolean> {
  const identity = await credentials.load(address);
  const creds = identity?.document == null ? null : parseCreds(identity.document);
  if (identity === null || creds === null || !isLinked(creds)) return false;
  await changeAll(identity, 'session', (value) => closed(value, now));
  await changeAll(identity, 'sender-key', (value) => (isOwn(value) ? null : value));
  await changeAll(identity, 'sender-key-memory', () => null);
  const nextPreKeyId = nextIdAfterRestore(creds.nextPreKeyId, now);
  const renewed: AuthenticationCreds = { ...creds, nextPreKeyId, firstUnuploadedPreKeyId: nextPreKeyId };
  await identity.save(JSON.stringify(renewed, BufferJSON.replacer), accountOf(renewed));
  return true;
}

/** @param change the new value, null to delete the key, the same one to leave it */
async function changeAll(identity: Identity, type: string, change: (value: string) => string | null): Promise<void> {
  let changes: KeyChange[] = [];
  for await (const { id, value } of identity.list(type)) {
    const next = change(value);
    if (next !== value) changes.push({ type, id, value: next });
    if (changes.length < batchSize) continue;
    await identity.changeKeys(changes);
    changes = [];
  }
  if (changes.length > 0) await identity.changeKeys(changes);
}

/** Values of another form are deleted. */
function closed(value: string, now: number): string | null {
  const sessions = closedSessions(JSON.parse(value), now);
  return sessions === null ? null : JSON.stringify(sessions);
}

function isOwn(value: string): boolean {
  const stored: unknown = JSON.parse(value, BufferJSON.reviver);
  if (!(stored instanceof Uint8Array)) return true;
  const parsed = v.safeParse(SenderKeysSchema, JSON.parse(Buffer.from(stored).toString(), BufferJSON.reviver));
  // A value of another form counts as our own: it is replaced.
  return !parsed.success || parsed.output.some(({ senderSigningKey: { private: own } }) => (own?.length ?? 0) > 0);
}
