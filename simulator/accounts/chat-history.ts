/** What a phone tells a newly linked device about one of its chats. */
export interface PastChat {
  /** The number of the other person. */
  readonly phone: string;
  /** Whether the phone holds a token of that person, and whether it still is valid. Default: `valid`. */
  readonly token?: 'valid' | 'expired' | 'none' | undefined;
  /** The name space of the chat's address. Default: `lid`. */
  readonly addressing?: 'lid' | 'pn' | undefined;
  /** Where the other address of the person is told: beside the chat, in the list of pairs, or not at all. Default: `chat`. */
  readonly pair?: 'chat' | 'list' | 'none' | undefined;
  /** Old messages of that person, oldest first. */
  readonly texts?: readonly string[] | undefined;
}

/** The first sync of a phone. The first half of the chats comes in its first part, which is always inline. */
export interface History {
  readonly chats: readonly PastChat[];
  /** Whether the other parts are inline or have to be downloaded, as real phones do. Default: `download`. */
  readonly parts?: 'inline' | 'download' | undefined;
}
