import {
  DEFAULT_CONNECTION_CONFIG,
  type SignalDataTypeMap,
  type SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { SignalTransactions } from './signal-transactions.ts';

/** libsignal's value for an open session, in place of the time at which it was closed. */
const open = -1;

/** libsignal's record of the sessions with one device, by their base keys. At most one is open. */
const SessionRecordSchema = v.looseObject({
  _sessions: v.record(
    v.string(),
    v.looseObject({
      indexInfo: v.looseObject({
        closed: v.number(),
        used: v.optional(v.number(), 0),
        remoteIdentityKey: v.optional(v.string()),
      }),
    }),
  ),
});

type SessionRecord = v.InferOutput<typeof SessionRecordSchema>;

/** The stored record with all its sessions closed; null for a value of another form. `now` is in epoch milliseconds. */
export function closedSessions(stored: unknown, now: number): SignalDataTypeMap['session'] | null {
  const record = parse(stored);
  if (record === null) return null;
  for (const { indexInfo } of Object.values(record._sessions)) {
    if (indexInfo.closed === open) indexInfo.closed = now;
  }
  return toStored(record);
}

/** The identity key of the device that the stored sessions are with, as libsignal stores it; null when there is none. */
export function remoteIdentity(stored: unknown): string | null {
  const sessions = sessionsIn(parse(stored)).map(([, session]) => session.indexInfo);
  const current = sessions.find(({ closed }) => closed === open) ?? sessions[0];
  return current?.remoteIdentityKey ?? null;
}

type MakeRepository = (typeof DEFAULT_CONNECTION_CONFIG)['makeSignalRepository'];
type Parts =
  Parameters<MakeRepository> extends [infer Auth extends { creds: object }, ...infer Rest]
    ? [creds: Auth['creds'], keys: SignalTransactions, ...rest: Rest]
    : never;

/** Baileys' Signal repository over these keys. Each message is decrypted with one session at a time. */
export function signalRepository(...[creds, keys, ...rest]: Parts): SignalRepositoryWithLIDStore {
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, ...rest);
  return { ...repository, decryptMessage: decryptIsolated(repository, keys) };
}

/**
 * Tries each session of a device in isolation. libsignal tries all of them, advances the ratchet of those that do not fit
 * (6.0.0, `decryptWithSessions`), and stores them when another one fits: the next message encrypted with such a session is
 * lost. Those that were begun under the number are tried, too.
 */
function decryptIsolated(
  repository: SignalRepositoryWithLIDStore,
  keys: SignalTransactions,
): SignalRepositoryWithLIDStore['decryptMessage'] {
  return async (message) => {
    const address = repository.jidToSignalProtocolAddress(message.jid);
    const decrypt = () => repository.decryptMessage(message);
    const decryption = { address, keys, decrypt };
    const attempt = () => (message.type === 'msg' ? decryptInTurn(decryption) : decrypt());
    // Read within the transaction: until then another message may begin a session.
    return keys.transaction(async () => {
      try {
        return await attempt();
      } catch (error) {
        if (!(await adoptSessions(address, keys))) throw error;
        return attempt();
      }
    });
  };
}

/** The address of a device under a LID, as Baileys names it for libsignal. */
const lidAddress = /^(\d+)_1\.(\d+)$/;

/**
 * Moves the sessions with a device that were begun under its number to its LID, in the current transaction. Once a LID is
 * known Baileys reads sessions there only, and moves them itself only for people who were written to (7.0.0-rc14,
 * `migrateSession`). False when there are none.
 */
async function adoptSessions(address: string, keys: SignalTransactions): Promise<boolean> {
  const [, lid, device] = lidAddress.exec(address) ?? [];
  if (lid === undefined) return false;
  const reverse = `${lid}_reverse`;
  const number = (await keys.get('lid-mapping', [reverse]))[reverse];
  const old = `${number}.${device}`;
  const adopted = number === undefined ? null : await load(keys, old);
  if (adopted === null) return false;
  const known = await load(keys, address);
  for (const { indexInfo } of known === null ? [] : Object.values(adopted._sessions)) {
    if (indexInfo.closed === open) indexInfo.closed = indexInfo.used;
  }
  const record = { ...adopted, ...known, _sessions: { ...adopted._sessions, ...known?._sessions } };
  await keys.set({ session: { [address]: toStored(record), [old]: null } });
  return true;
}

interface Decryption {
  address: string;
  keys: SignalTransactions;
  decrypt: () => Promise<Uint8Array>;
}

/** To be called in a transaction. Rejects when no session fits; the record is as it was then. */
async function decryptInTurn({ address, keys, decrypt }: Decryption): Promise<Uint8Array> {
  const record = await load(keys, address);
  const sessions = sessionsIn(record);
  if (record === null || sessions.length < 2) return decrypt();
  const store = (_sessions: SessionRecord['_sessions']) =>
    keys.set({ session: { [address]: toStored({ ...record, _sessions }) } });
  let failure: unknown;
  for (const [name, session] of sessions) {
    await store({ [name]: session });
    try {
      const plaintext = await decrypt();
      const used = await load(keys, address);
      await store({ ...record._sessions, ...used?._sessions });
      return plaintext;
    } catch (error) {
      failure = error;
    }
  }
  await store(record._sessions);
  throw failure;
}

/** The sessions by name, most recently used first. */
function sessionsIn(record: SessionRecord | null): [string, SessionRecord['_sessions'][string]][] {
  const sessions = Object.entries(record?._sessions ?? {});
  return sessions.toSorted(([, one], [, other]) => other.indexInfo.used - one.indexInfo.used);
}

async function load(keys: SignalTransactions, address: string): Promise<SessionRecord | null> {
  return parse((await keys.get('session', [address]))[address]);
}

function parse(stored: unknown): SessionRecord | null {
  const parsed = v.safeParse(SessionRecordSchema, stored);
  return parsed.success ? parsed.output : null;
}

/** Typed as bytes by Baileys; libsignal yields a plain object. */
function toStored(record: SessionRecord): SignalDataTypeMap['session'] {
  return JSON.parse(JSON.stringify(record));
}
