import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Addressing } from '../../accounts/address.ts';
import { SimulatorError } from '../../errors.ts';
import type { DeliveryEntry, Poll } from '../../ledger/entries.ts';
import type { MessageNetwork } from '../network.ts';
import { send } from './send.ts';

const IV_BYTES = 12;

/** The name spaces of the addresses that a vote is bound to. Default: in a direct chat the voter's number. */
export interface Sealing {
  readonly author?: Addressing | undefined;
  readonly voter?: Addressing | undefined;
}

/** The poll and the addresses of its author and the voter that the vote is bound to. */
interface Ballot {
  readonly pollId: string;
  readonly author: string;
  readonly voter: string;
}

/**
 * Votes in a poll that a device of the account has decrypted; a later vote replaces an earlier one, and no options
 * withdraw it. Resolves with the id of the vote. Rejects with `not_found` when there is no such poll, with
 * `validation_error` when the options are not among the poll's, or too many.
 */
export async function vote(
  account: Account,
  id: string,
  options: readonly string[],
  network: MessageNetwork,
  sealing: Sealing = {},
): Promise<string> {
  const polls = network.ledger.deliveries({ id, to: account.phone });
  const delivery = polls.find(({ poll }) => poll !== undefined);
  const secret = delivery?.message.messageContextInfo?.messageSecret;
  if (delivery?.poll === undefined || !secret) {
    throw new SimulatorError('not_found', `${account.phone} has received no poll ${id}`);
  }
  validate(options, delivery.poll);
  const author = authorOf(delivery, network);
  const group = network.groups.get(delivery.chat);
  const usual = group?.settings.addressing ?? account.addressing;
  const ballot = {
    pollId: id,
    author: author.address(sealing.author ?? usual),
    voter: account.address(sealing.voter ?? group?.settings.addressing ?? 'pn'),
  };
  const address = author.address(usual);
  const [remoteJid, participant] = group === undefined ? [address, null] : [group.jid, address];
  const pollUpdateMessage = {
    pollCreationMessageKey: { remoteJid, participant, fromMe: false, id },
    vote: encryptVote(options, secret, ballot),
    senderTimestampMs: Date.now(),
  };
  return send(account, remoteJid, { pollUpdateMessage }, network);
}

function validate(options: readonly string[], poll: Poll): void {
  const unknown = options.find((option) => !poll.options.includes(option));
  const tooMany = poll.selectableCount > 0 && options.length > poll.selectableCount;
  if (unknown === undefined && !tooMany) return;
  const message = tooMany
    ? `the poll allows ${poll.selectableCount} options at most`
    : `"${unknown}" is not an option of the poll`;
  throw new SimulatorError('validation_error', message, { details: { field: 'options' } });
}

function authorOf({ from }: DeliveryEntry, { directory }: MessageNetwork): Account {
  const author = directory.byPhone(from);
  if (author === undefined) throw new SimulatorError('not_found', `${from} is not on the simulated WhatsApp`);
  return author;
}

/** Encrypts the hashes of the options with the secret of the poll, so that only its recipients can read the vote. */
function encryptVote(
  options: readonly string[],
  secret: Uint8Array,
  { pollId, author, voter }: Ballot,
): proto.Message.IPollEncValue {
  const selectedOptions = options.map((option) => createHash('sha256').update(option).digest());
  const info = Buffer.concat([Buffer.from(`${pollId}${author}${voter}Poll Vote`), Buffer.from([1])]);
  const key = hmac(hmac(Buffer.alloc(32), secret), info);
  const encIv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, encIv).setAAD(Buffer.from(`${pollId}\0${voter}`));
  const plaintext = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  return { encIv, encPayload: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
