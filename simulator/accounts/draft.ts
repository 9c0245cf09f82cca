import type { proto } from '@whiskeysockets/baileys';

/** A message as a simulated person wrote it, before it is made out to anybody's device. */
export interface Draft {
  readonly id: string;
  /** Address of the chat: of the group, or of the person written to. */
  readonly chat: string;
  readonly message: proto.IMessage;
}
