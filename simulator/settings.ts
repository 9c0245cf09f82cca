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
   * Whether the server reports one prekey to a device that has none there: Baileys then makes and stores 5 instead of
   * 812. So many devices can start a session with it before its next login.
   */
  fewPreKeys: boolean;
  /** After how many ms the server ends the stream of a client that has not confirmed a stanza. */
  confirmWithinMs: number;
}
