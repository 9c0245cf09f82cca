import { reasonOf } from '../../errors.ts';
import type { Ciphertext } from '../../signal/ciphertext.ts';
import { messageKeyName } from '../../signal/used-keys.ts';
import { attribute, child, children, type Stanza } from '../../wire/stanza.ts';
import { ciphertextsIn } from '../enc-node.ts';
import type { Envelope } from './envelope.ts';

/** Notes in the ledger when a message is encrypted with a key that encrypted something else before. */
export function detectKeyReuse(envelope: Envelope): void {
  for (const [recipient, sealed] of addressedSeals(envelope.message)) noteKey(recipient, sealed, envelope);
}

function noteKey(recipient: string, sealed: Ciphertext, { sender, id, chat }: Envelope): void {
  const { account, companion, connection, network } = sender;
  const from = { from: account.phone, device: companion.id };
  try {
    const name = messageKeyName(sealed);
    // Sender keys are for everybody in the chat.
    const to = sealed.type === 'skmsg' ? chat : recipient;
    if (network.usedKeys.use(`${account.phone}:${companion.id} ${to}`, name, sealed.ciphertext)) {
      network.ledger.append({ kind: 'key-reuse', id, ...from, to, ...name });
    }
  } catch (error) {
    network.ledger.append({ kind: 'problem', connection: connection.id, reason: `<enc>: ${reasonOf(error)}` });
  }
}

/** Every ciphertext of a message with the address that it is for. */
function addressedSeals(message: Stanza): [recipient: string, sealed: Ciphertext][] {
  const participants = child(message, 'participants');
  const holders = [message, ...(participants === undefined ? [] : children(participants, 'to'))];
  return holders.flatMap((holder) => {
    const recipient = attribute(holder, 'participant') ?? attribute(holder, 'jid') ?? attribute(holder, 'to') ?? '';
    return ciphertextsIn(holder).map((sealed): [string, Ciphertext] => [recipient, sealed]);
  });
}
