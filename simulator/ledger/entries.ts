import type { proto } from '@whiskeysockets/baileys';

/** A stanza that crossed a connection, as it was decrypted from or before it was encrypted to the client. */
interface StanzaFact {
  readonly kind: 'stanza';
  /** Number of the connection, counted from 1 since the simulator started. */
  readonly connection: number;
  /** Phone number of the account that the connection is logged in to. */
  readonly account: string | undefined;
  /** `in` came from the client, `out` was sent to it. */
  readonly direction: 'in' | 'out';
  readonly tag: string;
  readonly id: string | undefined;
  readonly to: string | undefined;
  readonly from: string | undefined;
  /** All attributes, the ones above included. */
  readonly attrs: Readonly<Record<string, string>>;
  /** Tags of the child stanzas. */
  readonly children: readonly string[];
}

/** A poll as its recipients see it. */
export interface Poll {
  readonly question: string;
  readonly options: readonly string[];
  /** How many options one may choose; 0 when any number. */
  readonly selectableCount: number;
}

/** A message that one simulated device decrypted. A contact with two devices makes two of these. */
interface DeliveryFact {
  readonly kind: 'delivery';
  /** Id of the message stanza. */
  readonly id: string;
  /** Phone number of the sender. */
  readonly from: string;
  /** Phone number of the account whose device decrypted it: the sender's own, for the copy to its phone. */
  readonly to: string;
  readonly device: number;
  /** Address that the sender wrote to: of a person or a group. */
  readonly chat: string;
  /** Whether this is the copy for the sender's own devices. */
  readonly ownCopy: boolean;
  /** 0, or which request of the device for the message this answers, as far as the sender says so. */
  readonly resend: number;
  /** Text, caption or edited text; undefined when the message has none. */
  readonly text: string | undefined;
  /** Id of the message to which this one gives a new text. */
  readonly edits: string | undefined;
  readonly poll: Poll | undefined;
  /** The decrypted message; for an own copy the message inside it. */
  readonly message: proto.IMessage;
}

/** A message that a simulated device was sent and could not decrypt. */
interface UndecryptableFact {
  readonly kind: 'undecryptable';
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly device: number;
  readonly chat: string;
  /** As in a delivery. */
  readonly resend: number;
  readonly reason: string;
}

/** A client encrypted something with a key of Signal's that had encrypted something else before. */
interface KeyReuseFact {
  readonly kind: 'key-reuse';
  /** Id of the message stanza. */
  readonly id: string;
  /** Phone number and device of the sender. */
  readonly from: string;
  readonly device: number;
  /** Address of the device that it was for, of the group if it was for one. */
  readonly to: string;
  readonly chain: string;
  readonly counter: number;
}

/** A turn in the life of a connection. */
export interface ConnectionFact {
  readonly kind: 'connection';
  readonly connection: number;
  readonly account: string | undefined;
  /** `pairing`: shows a QR; `linked`: a phone accepted it; `refused`: a login failed; `open`: logged in; `closed`. */
  readonly event: 'accepted' | 'pairing' | 'linked' | 'refused' | 'open' | 'closed';
}

/** A fault rule that struck. */
interface FaultFact {
  readonly kind: 'fault';
  readonly connection: number | undefined;
  readonly fault: number;
  readonly rule: string;
  /** Id of the stanza that it struck. */
  readonly id: string | undefined;
}

/** Something that the simulator itself could not make sense of, such as a malformed stanza. */
interface ProblemFact {
  readonly kind: 'problem';
  readonly connection: number | undefined;
  readonly reason: string;
}

export type Fact =
  | StanzaFact
  | DeliveryFact
  | UndecryptableFact
  | KeyReuseFact
  | ConnectionFact
  | FaultFact
  | ProblemFact;

/** A fact with its place in the ledger: `seq` counts from 1 without gaps, `at` is milliseconds since 1970. */
export type LedgerEntry<F extends Fact = Fact> = F extends Fact
  ? F & { readonly seq: number; readonly at: number }
  : never;
export type StanzaEntry = LedgerEntry<StanzaFact>;
export type DeliveryEntry = LedgerEntry<DeliveryFact>;
