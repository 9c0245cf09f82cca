import type { proto } from '@whiskeysockets/baileys';

/** A stanza that was sent or received on a connection, in plaintext. */
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
  /** All attributes, including the ones above. */
  readonly attrs: Readonly<Record<string, string>>;
  /** Tags of the child stanzas. */
  readonly children: readonly string[];
}

/** A poll as its recipients see it. */
export interface Poll {
  readonly question: string;
  readonly options: readonly string[];
  /** The largest number of options in a vote; 0 when unlimited. */
  readonly selectableCount: number;
}

/** A message that one simulated device decrypted. A contact with two devices yields two entries. */
interface DeliveryFact {
  readonly kind: 'delivery';
  /** Id of the message stanza. */
  readonly id: string;
  /** Phone number of the sender. */
  readonly from: string;
  /** Phone number of the account whose device decrypted it; the sender's own number for the copy to its phone. */
  readonly to: string;
  readonly device: number;
  /** Address of the person or group that the message was sent to. */
  readonly chat: string;
  /** Whether this is the copy for the sender's own devices. */
  readonly ownCopy: boolean;
  /** 0, or the number of the retry request that this answers, as stated by the sender. */
  readonly resend: number;
  /** Text, caption or edited text; undefined when the message has none. */
  readonly text: string | undefined;
  /** Id of the message that this one edits. */
  readonly edits: string | undefined;
  readonly poll: Poll | undefined;
  /** For an own copy in a direct chat, the address of the chat that it belongs to, as the sender states it. */
  readonly destination?: string | undefined;
  /** The decrypted message; for an own copy the message inside it. */
  readonly message: proto.IMessage;
}

/** A message that a simulated device could not decrypt. */
interface UndecryptableFact {
  readonly kind: 'undecryptable';
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly device: number;
  readonly chat: string;
  /** As in a delivery. */
  readonly resend: number;
  /** The number of the retry request that the device sends; 0 when it sends none. */
  readonly retry: number;
  readonly reason: string;
}

/** A receipt of a client for a message of somebody else. */
interface ReceiptFact {
  readonly kind: 'receipt';
  readonly id: string;
  /** Phone number of who confirms the message, and of its author. */
  readonly from: string;
  readonly to: string;
  /** The type on the wire; empty for an ordinary delivery. */
  readonly receipt: string;
}

/** A client has stopped typing, or has sent what it typed. */
interface TypingFact {
  readonly kind: 'typing';
  readonly connection: number;
  /** Phone number of who typed, and the address of the person or group. */
  readonly from: string;
  readonly to: string;
  /** Whether the other side has seen it. */
  readonly shown: boolean;
  readonly lastedMs: number;
}

/** A client used a Signal message key for a second plaintext. */
interface KeyReuseFact {
  readonly kind: 'key-reuse';
  /** Id of the message stanza. */
  readonly id: string;
  /** Phone number and device of the sender. */
  readonly from: string;
  readonly device: number;
  /** Address of the recipient device, or of the group. */
  readonly to: string;
  readonly chain: string;
  readonly counter: number;
}

/** A change of the state of a connection. */
export interface ConnectionFact {
  readonly kind: 'connection';
  readonly connection: number;
  readonly account: string | undefined;
  /** `pairing`: waits to be linked; `linked`: a phone accepted it; `refused`: a login failed; `open`: logged in. */
  readonly event: 'accepted' | 'pairing' | 'linked' | 'refused' | 'open' | 'closed';
}

/** A fault rule that was applied. */
interface FaultFact {
  readonly kind: 'fault';
  readonly connection: number | undefined;
  readonly fault: number;
  readonly rule: string;
  /** Id of the stanza that it was applied to. */
  readonly id: string | undefined;
}

/** An error in the simulator, for example at a malformed stanza. */
interface ProblemFact {
  readonly kind: 'problem';
  readonly connection: number | undefined;
  readonly reason: string;
}

export type Fact =
  | StanzaFact
  | DeliveryFact
  | UndecryptableFact
  | ReceiptFact
  | TypingFact
  | KeyReuseFact
  | ConnectionFact
  | FaultFact
  | ProblemFact;

/** A fact with its position in the ledger: `seq` counts from 1 without gaps, `at` is in milliseconds since 1970. */
export type LedgerEntry<F extends Fact = Fact> = F extends Fact
  ? F & { readonly seq: number; readonly at: number }
  : never;
export type StanzaEntry = LedgerEntry<StanzaFact>;
export type DeliveryEntry = LedgerEntry<DeliveryFact>;
export type TypingEntry = LedgerEntry<TypingFact>;
