import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { phoneJid } from '../../accounts/address.ts';
import { SimulatorError } from '../../errors.ts';
import type { DeliveryEntry, Poll } from '../../ledger/entries.ts';
import type { MessageNetwork } from '../network.ts';
import { send } from './send.ts';

const IV_BYTES = 12;

/** Who is who in a vote, by the names that the chat uses. */
interface Ballot {
  readonly pollId: string;
  readonly author: string;
  readonly voter: string;
}

/**
 * Somebody votes in a poll that one of their devices has decrypted; a later vote replaces an earlier one, and no
 * options take it back. Resolves with the id of the vote. Rejects with `not_found` when there is no such poll, with
 * `validation_error` when the options are not among the poll's, or too many.
 */
export async function vote(
  account: Account,
  id: string,
  options: readonly string[],
  network: MessageNetwork,
): Promise<string> {
  const polls = network.ledger.deliveries({ id, to: account.phone });
  const delivery = polls.find(({ poll }) => poll !== undefined);
  const secret = delivery?.message.messageContextInfo?.messageSecret;
  if (delivery?.poll === undefined || !secret) {
    throw new SimulatorError('not_found', `${account.phone} has got no poll ${id}`);
  }
  check(options, delivery.poll);
  const ballot = ballotOf(delivery, account, network);
  const inGroup = delivery.chat.endsWith('@g.us');
  const [remoteJid, participant] = inGroup ? [delivery.chat, ballot.author] : [ballot.author, null];
  const pollUpdateMessage = {
    pollCreationMessageKey: { remoteJid, participant, fromMe: false, id },
    vote: seal(options, secret, ballot),
    senderTimestampMs: Date.now(),
  };
  return send(account, remoteJid, { pollUpdateMessage }, network);
}

function check(options: readonly string[], poll: Poll): void {
  const unknown = options.find((option) => !poll.options.includes(option));
  const tooMany = poll.selectableCount > 0 && options.length > poll.selectableCount;
  if (unknown === undefined && !tooMany) return;
  const message = tooMany ? `one may choose ${poll.selectableCount} at most` : `"${unknown}" is no option of the poll`;
  throw new SimulatorError('validation_error', message, { details: { field: 'options' } });
}

/** The vote is sealed with the names by which it is sent: LIDs in a group that uses them, numbers elsewhere. */
function ballotOf({ id, from, chat }: DeliveryEntry, voter: Account, { directory, groups }: MessageNetwork): Ballot {
  const author = directory.byPhone(from);
  if (author === undefined) throw new SimulatorError('not_found', `${from} is not on the simulated WhatsApp`);
  const group = groups.get(chat);
  const name = (account: Account) => group?.addressOf(account) ?? phoneJid(account.phone);
  return { pollId: id, author: name(author), voter: name(voter) };
}

/** Only who has the poll, and so its secret, can read who chose what: options travel as hashes. */
function seal(
  options: readonly string[],
  secret: Uint8Array,
  { pollId, author, voter }: Ballot,
): proto.Message.IPollEncValue {
  const selectedOptions = options.map((option) => createHash('sha256').update(option).digest());
  const purpose = Buffer.concat([Buffer.from(`${pollId}${author}${voter}Poll Vote`), Buffer.from([1])]);
  const key = hmac(hmac(Buffer.alloc(32), secret), purpose);
  const encIv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, encIv).setAAD(Buffer.from(`${pollId}\0${voter}`));
  const plaintext = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  return { encIv, encPayload: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
