import { createHash } from 'node:crypto';
import { decryptPollVote, jidNormalizedUser, proto, type WAMessage } from '@whiskeysockets/baileys';
import { fromBase64 } from '../commands/content.ts';
import type { InboundEvent } from '../port.ts';
import { type OwnAddresses, ownContact, peopleIn } from './people.ts';
import { epochMs } from './server-time.ts';

type Vote = Omit<Extract<InboundEvent, { type: 'socket.voted' }>, 'journal'>;

interface VoteDeps {
  /** A message by its id, in base64; null when it is not stored. */
  findMessage: (id: string) => Promise<string | null>;
  /** The other address of a person; null when it is unknown. */
  alternateOf: (jid: string) => Promise<string | null>;
  now: number;
}

/**
 * The vote in a message, decrypted with the secret of the poll. Null when the message is no vote, the poll is unknown, or
 * decryption fails. Baileys 7.0.0-rc14 leaves votes to its users.
 */
export async function voteIn(
  message: WAMessage,
  own: OwnAddresses,
  { findMessage, alternateOf, now }: VoteDeps,
): Promise<Vote | null> {
  const { key } = message;
  const update = message.message?.pollUpdateMessage;
  const poll = update?.pollCreationMessageKey;
  if (update?.vote == null || poll?.id == null || key.remoteJid == null) return null;
  const stored = await findMessage(poll.id);
  if (stored === null) return null;
  const creation = proto.Message.decode(fromBase64(stored));
  const voters = addressesOf(key.fromMe === true, own, [
    key.participant,
    key.participantAlt,
    key.remoteJid,
    key.remoteJidAlt,
  ]);
  const creators = addressesOf(poll.fromMe === true, own, [poll.participant, poll.remoteJid]);
  const named = { poll: poll.id, voters, creators };
  const selected =
    decrypt(update.vote, creation, named) ??
    decrypt(update.vote, creation, { ...named, ...(await alternates(named, alternateOf)) });
  const [voter] = voters;
  if (selected === null || voter === undefined) return null;
  const timestamp = epochMs(message.messageTimestamp, now);
  const { chat, sender } = peopleIn(key, own);
  const people = { chat, sender: sender ?? ownContact(own) };
  return { type: 'socket.voted', poll: poll.id, chat: key.remoteJid, voter, people, options: selected, timestamp };
}

/** The other addresses of the same people: a client may use one that the vote does not name. */
async function alternates(
  { voters, creators }: { voters: string[]; creators: string[] },
  alternateOf: VoteDeps['alternateOf'],
): Promise<{ voters: string[]; creators: string[] }> {
  const all = async (jids: string[]) => {
    const others = await Promise.all(jids.map(alternateOf));
    return [...new Set([...jids, ...others.flatMap((jid) => (jid === null ? [] : jidNormalizedUser(jid)))])];
  };
  return { voters: await all(voters), creators: await all(creators) };
}

/** A vote is bound to the addresses that the voter's device used, by number or by LID, so all pairs are tried. */
function decrypt(
  vote: proto.Message.IPollEncValue,
  creation: proto.IMessage,
  ids: { poll: string; voters: string[]; creators: string[] },
): string[] | null {
  const pollEncKey = creation.messageContextInfo?.messageSecret;
  if (pollEncKey == null) return null;
  for (const pollCreatorJid of ids.creators) {
    for (const voterJid of ids.voters) {
      try {
        const { selectedOptions } = decryptPollVote(vote, {
          pollCreatorJid,
          pollMsgId: ids.poll,
          pollEncKey,
          voterJid,
        });
        return namesOf(selectedOptions ?? [], creation);
      } catch {
        // The vote is not bound to this pair of addresses.
      }
    }
  }
  return null;
}

/** A vote names options by the SHA-256 of their names. */
function namesOf(hashes: readonly Uint8Array[], creation: proto.IMessage): string[] {
  const poll = creation.pollCreationMessage ?? creation.pollCreationMessageV2 ?? creation.pollCreationMessageV3;
  const names = (poll?.options ?? []).flatMap(({ optionName }) => optionName ?? []);
  const chosen = new Set(hashes.map((hash) => Buffer.from(hash).toString('hex')));
  return names.filter((name) => chosen.has(createHash('sha256').update(name).digest('hex')));
}

function addressesOf(isOwn: boolean, own: OwnAddresses, others: (string | null | undefined)[]): string[] {
  const candidates = isOwn ? [own.id, own.lid] : others;
  const users = candidates.flatMap((jid) =>
    jid == null || jid === '' || jid.endsWith('@g.us') ? [] : jidNormalizedUser(jid),
  );
  return [...new Set(users)];
}
