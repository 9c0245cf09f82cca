import { reasonOf } from '../../errors.ts';
import type { Ciphertext } from '../../signal/ciphertext.ts';
import { messageKeyName } from '../../signal/used-keys.ts';
import { attribute, child, children, type Stanza } from '../../wire/stanza.ts';
import { ciphertextsIn } from '../enc-node.ts';
import type { Envelope } from './envelope.ts';

/** Records in the ledger when a message key has encrypted another plaintext before. */
export function detectKeyReuse(envelope: Envelope): void {
  for (const [recipient, ciphertext] of addressedCiphertexts(envelope.message))
    recordKeyUse(recipient, ciphertext, envelope);
}

function recordKeyUse(recipient: string, ciphertext: Ciphertext, { sender, id, chat }: Envelope): void {
  const { account, companion, connection, network } = sender;
  const from = { from: account.phone, device: companion.id };
  try {
    const name = messageKeyName(ciphertext);
    // A sender key belongs to the group, not to a recipient.
    const to = ciphertext.type === 'skmsg' ? chat : recipient;
    if (network.usedKeys.use(`${account.phone}:${companion.id} ${to}`, name, ciphertext.ciphertext)) {
      network.ledger.append({ kind: 'key-reuse', id, ...from, to, ...name });
    }
  } catch (error) {
    network.ledger.append({ kind: 'problem', connection: connection.id, reason: `<enc>: ${reasonOf(error)}` });
  }
}

/** Every ciphertext of a message with its recipient's address. */
function addressedCiphertexts(message: Stanza): [recipient: string, ciphertext: Ciphertext][] {
  const participants = child(message, 'participants');
  const holders = [message, ...(participants === undefined ? [] : children(participants, 'to'))];
  return holders.flatMap((holder) => {
    const recipient = attribute(holder, 'participant') ?? attribute(holder, 'jid') ?? attribute(holder, 'to') ?? '';
    return ciphertextsIn(holder).map((ciphertext): [string, Ciphertext] => [recipient, ciphertext]);
  });
}
