import type { SessionAddress } from '../domain/session.ts';
import type { Key } from './contract.ts';

/**
 * The parts of a session that have a data key each: its WhatsApp identity, which is replaced when the session is linked
 * again, and the rest.
 */
export type PartOfSession = 'identity' | 'rest';

/** How the store treats a kind of entries or logs, whose keys are [partition, kind, …]. */
interface RecordKind {
  /**
   * Whose data key encrypts its values. A part of a session, which its key names next: such a kind is deleted with that
   * part. `partition`: that of the organization, or of the gateway.
   */
  encryptedFor: PartOfSession | 'partition';
  /** The part of a session with which it is deleted although another key encrypts it. */
  deletedWith?: PartOfSession;
  /** How many entries of it a session has; only for kinds that are deleted with a part of a session. */
  perSession?: 'one' | 'many';
  /** `owner`: only the node that owns the session that its key names next writes it, through the fenced store. */
  writer: 'owner' | 'anyone';
  /** Whether a process that is alone on the store caches it: what sends and receipts read all the time. */
  cached: boolean;
  /** The number of parts of a key before its last one, when the last one is a name that must not be readable on the disk. */
  hiddenAt?: number;
}

const shared = { encryptedFor: 'partition', writer: 'anyone', cached: false } as const;
const owned = { ...shared, writer: 'owner' } as const;
const identity = { ...owned, encryptedFor: 'identity' } as const;
const rest = { ...owned, encryptedFor: 'rest' } as const;

/**
 * Every kind of entry and log that is stored. Fencing, caching, key scopes, hidden names and
 * deletion are derived from this, and a key of another kind does not compile.
 */
export const recordKinds = {
  session: { ...owned, cached: true },
  state: { ...owned, deletedWith: 'rest', perSession: 'one' },
  owner: shared,
  'deleted-session': shared,
  credentials: { ...identity, perSession: 'one' },
  // The names of Signal keys are mostly phone numbers.
  signal: { ...identity, perSession: 'many', hiddenAt: 5 },
  queue: { ...rest, perSession: 'many', cached: true },
  outbox: { ...rest, perSession: 'many', cached: true },
  'outbox-by-message': { ...rest, perSession: 'many', cached: true },
  'in-flight': { ...rest, perSession: 'one', cached: true },
  rate: { ...rest, perSession: 'one', cached: true },
  message: { ...rest, perSession: 'many' },
  received: { ...rest, perSession: 'many' },
  // Named by the message's id and its author.
  'inbound-journal': { ...rest, perSession: 'many', hiddenAt: 3 },
  'received-count': { ...rest, perSession: 'one', cached: true },
  // The ids of older groups begin with the phone number of their creator.
  group: { ...rest, perSession: 'many', hiddenAt: 3 },
  // The addresses of people are mostly phone numbers.
  'chat-timer': { ...rest, perSession: 'many', cached: true, hiddenAt: 3 },
  // Its names are phone numbers and LIDs.
  contact: { ...rest, perSession: 'many', cached: true, hiddenAt: 3 },
  // A hash, but of what may be easy to guess.
  idempotency: { ...shared, cached: true, hiddenAt: 2 },
  events: shared,
  'api-key': shared,
  'api-key-use': shared,
  'api-keys-made': shared,
  organization: shared,
  'session-creation': shared,
  secrets: shared,
  ticket: shared,
  node: shared,
  mail: shared,
  mailbox: shared,
  'claimed-request': shared,
  'store-probe': shared,
} as const satisfies Record<string, RecordKind>;

type Kind = keyof typeof recordKinds;

const kinds: ReadonlyMap<string | undefined, RecordKind> = new Map(Object.entries(recordKinds));

/** The kind of a key; undefined for a key that is only a prefix, or of no kind. */
export function kindOf([, kind]: Key): RecordKind | undefined {
  return kinds.get(kind);
}

/** The kinds that are deleted with a part of a session, with how many entries of each a session has. */
export function kindsOfPart(part: PartOfSession): { kind: string; perSession: 'one' | 'many' }[] {
  return Object.entries<RecordKind>(recordKinds).flatMap(
    ([kind, { encryptedFor, deletedWith = encryptedFor, perSession }]) =>
      deletedWith === part && perSession !== undefined ? [{ kind, perSession }] : [],
  );
}

/** The key of an entry or a log, or a prefix of several. */
export function keyIn(partition: string, kind: Kind, ...path: string[]): Key {
  return [partition, kind, ...path];
}

/** The same for an entry that belongs to a session. */
export function sessionKey({ organization, session }: SessionAddress, kind: Kind, ...path: string[]): Key {
  return keyIn(organization, kind, session, ...path);
}
