import type { proto } from '@whiskeysockets/baileys';

/** The attributes that name the sender in the stanza, where a test wants others than the true ones. */
export interface ClaimedSender {
  readonly from?: string | undefined;
  readonly participant?: string | undefined;
}

/** A message of a simulated person before it is addressed to devices. */
export interface Draft {
  readonly id: string;
  /** Address of the group or the recipient. */
  readonly chat: string;
  readonly message: proto.IMessage;
  readonly sender?: ClaimedSender | undefined;
}
