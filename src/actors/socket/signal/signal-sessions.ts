import {
  DEFAULT_CONNECTION_CONFIG,
  type SignalDataTypeMap,
  type SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { SignalTransactions } from './signal-transactions.ts';

/** libsignal's mark of an open session, in place of the time at which it was closed. */
const open = -1;

/** What libsignal stores of the sessions with one device, by the key that each began with. One at most is open. */
const SessionRecordSchema = v.looseObject({
  _sessions: v.record(
    v.string(),
    v.looseObject({ indexInfo: v.looseObject({ closed: v.number(), used: v.optional(v.number(), 0) }) }),
  ),
});

type SessionRecord = v.InferOutput<typeof SessionRecordSchema>;

/** The same sessions without an open one, in the form that they are stored in. Null for what is no such record. */
export function closedSessions(stored: unknown, now: number): SignalDataTypeMap['session'] | null {
  const record = parse(stored);
  if (record === null) return null;
  for (const { indexInfo } of Object.values(record._sessions)) {
    if (indexInfo.closed === open) indexInfo.closed = now;
  }
  return toStored(record);
}

type MakeRepository = (typeof DEFAULT_CONNECTION_CONFIG)['makeSignalRepository'];
type Parts =
  Parameters<MakeRepository> extends [infer Auth extends { creds: object }, ...infer Rest]
    ? [creds: Auth['creds'], keys: SignalTransactions, ...rest: Rest]
    : never;

/** Baileys' Signal protocol over these keys. Each message is decrypted with one session at a time. */
export function signalRepository(...[creds, keys, ...rest]: Parts): SignalRepositoryWithLIDStore {
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, ...rest);
  return { ...repository, decryptMessage: decryptApart(repository, keys) };
}

/**
 * Decrypts with each session of a device by itself. libsignal tries all of them, turns the ratchet of those that do not
 * fit (6.0.0, `decryptWithSessions`), and stores them so when another one fits: what is encrypted with them next, nobody
 * can read.
 */
function decryptApart(
  repository: SignalRepositoryWithLIDStore,
  keys: SignalTransactions,
): SignalRepositoryWithLIDStore['decryptMessage'] {
  return async (sealed) => {
    const decrypt = () => repository.decryptMessage(sealed);
    if (sealed.type !== 'msg') return decrypt();
    const address = repository.jidToSignalProtocolAddress(sealed.jid);
    // A session may be begun by somebody else until the transaction is.
    return keys.transaction(() => decryptInTurn({ address, keys, decrypt }));
  };
}

interface Decryption {
  address: string;
  keys: SignalTransactions;
  decrypt: () => Promise<Uint8Array>;
}

/** To be called in a transaction, which changes nothing when this rejects: none of the sessions fits. */
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
  throw failure;
}

/** The sessions with their names, the one that was used last first. */
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

/** Baileys calls it bytes; it is the object that libsignal makes. */
function toStored(record: SessionRecord): SignalDataTypeMap['session'] {
  return JSON.parse(JSON.stringify(record));
}
