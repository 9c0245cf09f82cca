/** How the simulated WhatsApp works; may be changed while it runs. */
export interface Settings {
  /**
   * Whether simulated devices decrypt what they receive. If not, they send receipts all the same and no delivery is
   * recorded. What is sent while this is off is lost to them, sender keys included.
   */
  decrypt: boolean;
  /** Whether the server delivers a message only once when a client sends it again under the same id. */
  dedup: boolean;
  /**
   * Whether the server reports one prekey to a device that has none there, and enough to one that has some: Baileys then
   * makes and stores 5 instead of 812. Devices beyond these start their sessions without a one-time prekey, and the server
   * does not say that the stock is low.
   */
  fewPreKeys: boolean;
  /** Until when accounts may not begin new chats, in seconds since 1970; 0: they may. */
  reachoutTimelock: number;
  /** How many new chats accounts may begin, and how many they have begun; a total of -1 is unlimited. */
  newChatQuota: { total: number; used: number };
  /** After how many ms the server ends the stream of a client that has not confirmed a stanza. */
  confirmWithinMs: number;
  /** Whether phones answer when a client asks them for a message that it has not got. */
  answerPlaceholders: boolean;
  /** Whether acks carry a hash that no list of devices has: how the real server makes it is not certain. */
  otherHashes?: boolean;
}
