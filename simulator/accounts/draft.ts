import type { proto } from '@whiskeysockets/baileys';

/** A message of a simulated person before it is addressed to devices. */
export interface Draft {
  readonly id: string;
  /** Address of the group or the recipient. */
  readonly chat: string;
  readonly message: proto.IMessage;
}
