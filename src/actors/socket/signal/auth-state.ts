import { type AuthenticationCreds, type AuthenticationState, BufferJSON, initAuthCreds } from '@whiskeysockets/baileys';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Credentials, Identity } from '../../../store/records/credentials.ts';
import { accountOf } from '../account.ts';
import { SignalKeyStore } from './signal-key-store.ts';
import { SignalTransactions } from './signal-transactions.ts';

/** Baileys' authentication state over a stored identity. */
export interface StoredAuth {
  state: AuthenticationState;
  /** The same keys, for the Signal protocol itself. */
  signal: SignalTransactions;
  /** Ends the use of the keys: from now on they can be neither read nor changed through this. */
  closeKeys(): void;
  /** Stores the credentials as they are now; saves are carried out in order. */
  save(): Promise<void>;
}

/**
 * The stored identity when a phone has linked it; otherwise a new one. What an abandoned attempt left behind is
 * dropped, since WhatsApp refuses to log in with it (an unused pairing code already fills in the account). When a key
 * cannot be read or stored, `onFailure` is called once, before whoever asked for it learns of it.
 */
export async function openAuth(
  credentials: Credentials,
  key: SessionAddress,
  onFailure: (error: unknown) => void,
): Promise<StoredAuth> {
  const stored = await credentials.load(key);
  const creds = stored?.document == null ? null : parseCreds(stored.document);
  if (stored !== null && creds !== null && isLinked(creds)) return storedAuth(stored, creds, onFailure);
  return storedAuth(await credentials.create(key), initAuthCreds(), onFailure);
}

/** Whether a phone has accepted this identity: only then is there a signed account. */
export function isLinked(creds: AuthenticationCreds): boolean {
  return creds.account !== undefined && creds.me !== undefined;
}

function storedAuth(identity: Identity, creds: AuthenticationCreds, onFailure: (error: unknown) => void): StoredAuth {
  const saves = new SerialQueue();
  const keyring = new SignalKeyStore(identity, onFailure);
  const signal = new SignalTransactions(keyring);
  return {
    state: { creds, keys: { get: (type, ids) => keyring.get(type, ids), set: (data) => signal.setInTurn(data) } },
    signal,
    closeKeys: () => keyring.close(),
    save: () =>
      saves.run(() =>
        identity.save(JSON.stringify(creds, BufferJSON.replacer), isLinked(creds) ? accountOf(creds) : null),
      ),
  };
}

export function parseCreds(document: string): AuthenticationCreds {
  return JSON.parse(document, BufferJSON.reviver);
}
