import { type BinaryNode, getBinaryNodeChild, type WASocket } from '@whiskeysockets/baileys';
import { type PrimaryIdentity, primaryIdentityOf } from './exchange.ts';

/** Baileys confirms notifications only once it knows an account, which a pairing code tells it and a QR code does not. */
export async function acknowledge(socket: WASocket, { tag, attrs: { id, from, type } }: BinaryNode): Promise<void> {
  if (socket.authState.creds.me !== undefined || id === undefined) return;
  const attrs = { id, class: tag, ...(from !== undefined && { to: from }), ...(type !== undefined && { type }) };
  await socket.sendNode({ tag: 'ack', attrs });
}

/** The phone's part of the exchange. Throws when it cannot be read. */
export function primaryIdentityIn(node: BinaryNode): PrimaryIdentity {
  const content = getBinaryNodeChild(node, 'primary_ephemeral_identity')?.content;
  const primary = content instanceof Uint8Array ? primaryIdentityOf(content) : null;
  if (primary === null) throw new Error("the phone's part of the exchange could not be read");
  return primary;
}
