import {
  type AuthenticationCreds,
  type AuthenticationState,
  BufferJSON,
  initAuthCreds,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import type { SessionAddress } from '../../domain/session.ts';
import type { Credentials, Identity, KeyChange } from '../../store/credentials.ts';
import { accountOf } from './account.ts';

/** Baileys' authentication state over a stored identity. */
export interface StoredAuth {
  state: AuthenticationState;
  /** Stores the credentials as they are now; saves are carried out in order. */
  save(): Promise<void>;
}

/**
 * The stored identity when a phone has linked it; otherwise a new one. What an abandoned attempt left behind is
 * dropped, since WhatsApp refuses to log in with it (an unused pairing code already fills in the account).
 */
export async function openAuth(credentials: Credentials, key: SessionAddress): Promise<StoredAuth> {
  const stored = await credentials.load(key);
  const creds = stored?.document == null ? null : parseCreds(stored.document);
  if (stored !== null && creds !== null && isLinked(creds)) return storedAuth(stored, creds);
  return storedAuth(await credentials.create(key), initAuthCreds());
}

/** Whether a phone has accepted this identity: only then is there a signed account. */
function isLinked(creds: AuthenticationCreds): boolean {
  return creds.account !== undefined && creds.me !== undefined;
}

function storedAuth(identity: Identity, creds: AuthenticationCreds): StoredAuth {
  let saved = Promise.resolve();
  return {
    state: { creds, keys: keyStore(identity) },
    save: () => {
      const save = () =>
        identity.save(JSON.stringify(creds, BufferJSON.replacer), isLinked(creds) ? accountOf(creds) : null);
      // A save that failed must not keep the next one from being tried.
      saved = saved.then(save, save);
      return saved;
    },
  };
}

function parseCreds(document: string): AuthenticationCreds {
  return JSON.parse(document, BufferJSON.reviver);
}

function keyStore(identity: Identity): SignalKeyStore {
  return {
    get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      const values: { [id: string]: SignalDataTypeMap[T] } = {};
      for (const [id, value] of await identity.keys(type, ids)) values[id] = revive(type, value);
      return values;
    },
    set: (data) => identity.changeKeys(changesOf(data)),
  };
}

function revive(type: keyof SignalDataTypeMap, value: string) {
  const parsed = JSON.parse(value, BufferJSON.reviver);
  return type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(parsed) : parsed;
}

function changesOf(data: SignalDataSet): KeyChange[] {
  const changes: KeyChange[] = [];
  for (const [type, values] of Object.entries(data)) {
    for (const [id, value] of Object.entries(values)) {
      changes.push({ type, id, value: value === null ? null : JSON.stringify(value, BufferJSON.replacer) });
    }
  }
  return changes;
}
