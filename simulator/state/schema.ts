import * as v from 'valibot';
import type { Stanza } from '../wire/stanza.ts';

const bytes = v.instance(Buffer);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const phone = v.string();

/** The entries of a map or an `LruMap`, oldest first. */
const entries = <K extends v.GenericSchema, T extends v.GenericSchema>(key: K, value: T) =>
  v.array(v.strictTuple([key, value]));

const keyPair = v.strictObject({ public: bytes, private: bytes });
const numberedKey = v.strictObject({ id: count, public: bytes });
const signedKey = v.strictObject({ ...numberedKey.entries, signature: bytes });

const signalStore = v.strictObject({
  identity: keyPair,
  registrationId: count,
  signedPreKey: keyPair,
  preKeys: entries(count, keyPair),
  nextPreKeyId: count,
  preKeysLeft: v.optional(count),
  /** By address; each is a serialised libsignal record. */
  sessions: entries(v.string(), v.string()),
});

const senderChain = v.strictObject({ iteration: count, key: bytes });

const ownSenderKey = v.strictObject({
  id: count,
  signing: keyPair,
  chain: senderChain,
  holders: v.array(v.string()),
});

const foreignSenderKey = v.strictObject({
  id: count,
  signing: bytes,
  chain: senderChain,
  skipped: entries(count, bytes),
});

const senderKeys = v.strictObject({
  own: entries(v.string(), ownSenderKey),
  foreign: entries(v.string(), v.array(foreignSenderKey)),
});

const inbox = v.strictObject({ read: v.array(v.string()), wanted: entries(v.string(), count) });

const simulatedDevice = v.strictObject({
  kind: v.literal('simulated'),
  id: count,
  inbox,
  senderKeys,
  keys: signalStore,
  failures: count,
  keyless: v.optional(count),
});

const stanza: v.GenericSchema<Stanza> = v.strictObject({
  tag: v.string(),
  attrs: v.record(v.string(), v.string()),
  content: v.exactOptional(v.union([v.array(v.lazy(() => stanza)), bytes, v.string()])),
});

const companion = v.strictObject({
  kind: v.literal('companion'),
  id: count,
  noiseKey: bytes,
  keys: v.strictObject({ registrationId: count, identity: bytes, signedPreKey: signedKey }),
  preKeys: v.array(numberedKey),
  visits: count,
  missed: v.array(stanza),
  unconfirmed: v.array(stanza),
});

const claimedSender = v.strictObject({ from: v.optional(v.string()), participant: v.optional(v.string()) });
const passkey = v.strictObject({
  credential: v.exactOptional(v.strictObject({ id: bytes, publicKey: bytes })),
  timeoutMs: count,
});
/** How the server knows an account by its addresses. */
const listing = v.strictObject({
  /** What happens to a direct message to the number; `refused`: an ack with error 463. */
  numbers: v.picklist(['accepted', 'refused']),
  /** Other spellings of the number, known to look-ups of the kind `contact` only. */
  aliases: v.array(phone),
  /** Whether the server names the LID of the number; `none`: it names none, as if there was none. */
  lid: v.picklist(['known', 'none']),
});

const account = v.strictObject({
  phone,
  name: v.string(),
  receipts: v.picklist(['none', 'delivered', 'read']),
  tokenRequired: v.exactOptional(v.boolean()),
  /** By the phone of the holder; in epoch seconds. */
  issuedTokens: v.exactOptional(entries(phone, v.array(v.strictObject({ value: bytes, issuedAt: count })))),
  asks: v.optional(v.union([v.literal('never'), count])),
  passkey: v.exactOptional(passkey),
  // Older states have none of these three.
  addressing: v.optional(v.picklist(['lid', 'pn']), 'pn'),
  username: v.optional(v.string()),
  number: v.optional(v.boolean(), true),
  primary: simulatedDevice,
  linked: v.array(v.variant('kind', [simulatedDevice, companion])),
  nextDeviceId: count,
  listing: v.exactOptional(listing),
  /** The ids of messages, in newer states with the addresses that they were sent to. */
  sentIds: v.array(v.union([v.string(), v.strictTuple([v.string(), v.string()])])),
  /** Each message is an encoded protobuf `Message`. */
  drafts: v.array(
    v.strictObject({ id: v.string(), chat: v.string(), message: bytes, sender: v.optional(claimedSender) }),
  ),
});

const role = v.picklist(['member', 'admin', 'superadmin']);

const group = v.strictObject({
  jid: v.string(),
  settings: v.strictObject({
    subject: v.string(),
    addressing: v.picklist(['lid', 'pn']),
    description: v.optional(v.string()),
    announce: v.boolean(),
    locked: v.boolean(),
    approval: v.boolean(),
    capacity: count,
    ephemeral: v.optional(count),
  }),
  owner: phone,
  createdAt: count,
  subject: v.string(),
  subjectAt: count,
  invite: v.string(),
  inviteExpired: v.boolean(),
  applicants: v.array(phone),
  expelled: v.array(phone),
  roles: entries(phone, role),
});

const groups = v.strictObject({ all: v.array(group), invites: entries(v.string(), v.string()) });

/** The saved state of a simulated WhatsApp: all but its ledger, faults and connections. */
export const StateSchema = v.strictObject({
  version: v.literal(1),
  /** The root key pair of the certificates. */
  root: keyPair,
  accounts: v.array(account),
  /** Phone numbers of the contacts. */
  contacts: v.array(phone),
  groups,
  usedKeys: entries(v.string(), v.string()),
});

export type State = v.InferOutput<typeof StateSchema>;
export type AccountState = v.InferOutput<typeof account>;
export type ListingState = v.InferOutput<typeof listing>;
export type CompanionState = v.InferOutput<typeof companion>;
export type SimulatedDeviceState = v.InferOutput<typeof simulatedDevice>;
export type InboxState = v.InferOutput<typeof inbox>;
export type SenderKeysState = v.InferOutput<typeof senderKeys>;
export type OwnSenderKeyState = v.InferOutput<typeof ownSenderKey>;
export type ForeignSenderKeyState = v.InferOutput<typeof foreignSenderKey>;
export type SignalStoreState = v.InferOutput<typeof signalStore>;
export type GroupsState = v.InferOutput<typeof groups>;
export type GroupState = v.InferOutput<typeof group>;
