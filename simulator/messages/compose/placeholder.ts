import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { phoneJid, phoneOf } from '../../accounts/address.ts';
import type { Companion } from '../../accounts/companion.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { SimulatorError } from '../../errors.ts';
import { stanza } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { messageId } from './message-id.ts';
import { outgoingAttributes } from './outgoing-message.ts';
import { sendToOwnClient } from './send-to-own-client.ts';

const { Type } = proto.Message.ProtocolMessage;
const { PLACEHOLDER_MESSAGE_RESEND } = proto.Message.PeerDataOperationRequestType;

/**
 * Sends a message whose content only the phone of the recipient gets: its clients get a stanza without ciphertext, and may
 * ask the phone. Returns the id of the message. Throws `not_found` when there is no such number.
 * @param unavailable the type of an `<unavailable>` in the stanza
 */
export function sendPlaceholder(
  from: Account,
  to: string,
  message: proto.IMessage,
  unavailable: string | undefined,
  network: MessageNetwork,
): string {
  const recipient = network.directory.byPhone(phoneOf(to, 'to'));
  if (recipient === undefined) throw new SimulatorError('not_found', `${to} is not on the simulated WhatsApp`);
  const draft = { id: messageId(), chat: phoneJid(recipient.phone), message };
  const attributes = outgoingAttributes(draft, from, undefined);
  const content = unavailable === undefined ? [] : [stanza('unavailable', { type: unavailable })];
  recipient.heldByPhone.set(draft.id, {
    key: { remoteJid: phoneJid(from.phone), fromMe: false, id: draft.id },
    message,
    messageTimestamp: Number(attributes['t']),
    pushName: from.name,
  });
  for (const companion of recipient.companions)
    deliverOrQueue(stanza('message', attributes, content), companion, network);
  return draft.id;
}

/** The phone's answer to a client that asks it for messages; those that it does not have are left out. */
export async function answerPlaceholders(
  request: proto.IMessage,
  requestId: string,
  account: Account,
  client: Companion,
  network: MessageNetwork,
): Promise<void> {
  const asked = request.protocolMessage?.peerDataOperationRequestMessage?.placeholderMessageResendRequest ?? [];
  if (asked.length === 0 || !network.settings.answerPlaceholders) return;
  const held = asked.flatMap(({ messageKey }) => account.heldByPhone.get(messageKey?.id ?? '') ?? []);
  const peerDataOperationResult = held.map((info) => ({
    placeholderMessageResendResponse: { webMessageInfoBytes: proto.WebMessageInfo.encode(info).finish() },
  }));
  const answer = {
    type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
    peerDataOperationRequestResponseMessage: {
      peerDataOperationRequestType: PLACEHOLDER_MESSAGE_RESEND,
      stanzaId: requestId,
      peerDataOperationResult,
    },
  };
  await sendToOwnClient(answer, account, client, network);
}
