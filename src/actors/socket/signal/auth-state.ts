import { type AuthenticationCreds, type AuthenticationState, BufferJSON, initAuthCreds } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { userOf } from '../../../domain/jid.ts';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Credentials, Identity } from '../../../store/records/sessions/credentials.ts';
import { accountOf } from '../account.ts';
import { nextUnusedId } from './pre-key-ids.ts';
import { SignalKeyStore } from './signal-key-store.ts';
import { SignalTransactions } from './signal-transactions.ts';

/** Baileys' authentication state over a stored identity. */
export interface StoredAuth {
  state: AuthenticationState;
  /** The same keys, for the Signal protocol. */
  signal: SignalTransactions;
  /** Our sender keys count as unknown to the devices of these users, in all groups. Durable when it resolves. */
  forgetSenderKeyHolders(users: ReadonlySet<string>): Promise<void>;
  /** Ends the use of the keys: later reads and changes reject. */
  closeKeys(): void;
  /** Stores the credentials as they are now; saves are serialized. */
  save(): Promise<void>;
}

/**
 * The stored identity when a phone has linked it; otherwise a new one. Leftovers of an abandoned attempt are dropped,
 * since WhatsApp refuses a login with them (an unused pairing code already sets the account). When a key cannot be read
 * or stored, `onFailure` is called once, before the caller's promise rejects.
 */
export async function openAuth(
  credentials: Credentials,
  key: SessionAddress,
  onFailure: (error: unknown) => void,
): Promise<StoredAuth> {
  const stored = await credentials.load(key);
  const creds = stored?.document == null ? null : parseCreds(stored.document);
  if (stored !== null && creds !== null && isLinked(creds)) {
    const nextPreKeyId = await nextUnusedId(stored, creds.nextPreKeyId);
    const moved = nextPreKeyId !== creds.nextPreKeyId && { nextPreKeyId, firstUnuploadedPreKeyId: nextPreKeyId };
    return storedAuth(stored, { ...creds, ...moved }, onFailure);
  }
  return storedAuth(await credentials.create(key), initAuthCreds(), onFailure);
}

/** Whether a phone has accepted this identity: only then it has a signed account. */
export function isLinked(creds: AuthenticationCreds): boolean {
  return creds.account !== undefined && creds.me !== undefined;
}

function storedAuth(identity: Identity, creds: AuthenticationCreds, onFailure: (error: unknown) => void): StoredAuth {
  const saves = new SerialQueue();
  const keyStore = new SignalKeyStore(identity, onFailure);
  const signal = new SignalTransactions(keyStore);
  return {
    state: { creds, keys: { get: (type, ids) => keyStore.get(type, ids), set: (data) => signal.setInTurn(data) } },
    signal,
    forgetSenderKeyHolders: (users) =>
      signal.inTurn(() =>
        keyStore.rewrite('sender-key-memory', identity.list('sender-key-memory'), (value) =>
          withoutHolders(value, users),
        ),
      ),
    closeKeys: () => keyStore.close(),
    save: () =>
      saves.run(() =>
        identity.save(JSON.stringify(creds, BufferJSON.replacer), isLinked(creds) ? accountOf(creds) : null),
      ),
  };
}

const HoldersSchema = v.record(v.string(), v.boolean());

/** Values of another form are deleted: the sender key is distributed again. */
function withoutHolders(value: string, users: ReadonlySet<string>): string | null {
  const parsed = v.safeParse(HoldersSchema, JSON.parse(value));
  if (!parsed.success) return null;
  const holders = Object.entries(parsed.output);
  const kept = holders.filter(([jid]) => !users.has(userOf(jid)));
  return kept.length === holders.length ? value : JSON.stringify(Object.fromEntries(kept));
}

export function parseCreds(document: string): AuthenticationCreds {
  return JSON.parse(document, BufferJSON.reviver);
}
