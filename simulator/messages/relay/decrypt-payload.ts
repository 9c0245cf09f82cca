import type { Account } from '../../accounts/account.ts';
import type { SimulatedDevice } from '../../accounts/simulated-device.ts';
import { reasonOf } from '../../errors.ts';
import { answerPlaceholders } from '../compose/placeholder.ts';
import { editedId, pollOf, textOf } from '../content.ts';
import type { DevicePayload } from './device-payload.ts';
import { type Envelope, messageKey } from './envelope.ts';

/** A simulated device that received a message. */
export interface Recipient {
  readonly account: Account;
  readonly device: SimulatedDevice;
  /** 0 when it decrypted the message, else the number of its retry request. */
  readonly retry: number;
}

type SimulatedPayload = DevicePayload & { readonly device: SimulatedDevice };

/** Decrypts the payload of a device. Resolves with undefined when the device sends no receipt. */
export async function decryptPayload(payload: SimulatedPayload, envelope: Envelope): Promise<Recipient | undefined> {
  const { account, device } = payload;
  if (!envelope.sender.network.settings.decrypt) return { account, device, retry: 0 };
  return device.incoming.run(() => decrypt(payload, envelope));
}

async function decrypt(payload: SimulatedPayload, envelope: Envelope): Promise<Recipient | undefined> {
  const { account, device, ciphertexts, resend } = payload;
  const { sender, id, chat, group } = envelope;
  const { ledger } = sender.network;
  const addressing = { id, from: sender.account.phone, to: account.phone, device: device.id, chat };
  const peer = { lid: sender.account.lid, device: sender.companion.id };
  try {
    const decrypted = await device.decrypt(peer, ciphertexts, group?.jid);
    device.inbox.markDecrypted(messageKey(envelope));
    // The copy for the sender's other devices is wrapped with the address of the chat.
    const message = decrypted.deviceSentMessage?.message ?? decrypted;
    const ownCopy = message !== decrypted || (group !== undefined && account === sender.account);
    const destination = decrypted.deviceSentMessage?.destinationJid ?? undefined;
    const content = { text: textOf(message), edits: editedId(message), poll: pollOf(message) };
    ledger.append({ kind: 'delivery', ...addressing, ownCopy, destination, resend, ...content, message });
    if (account === sender.account) await answerPlaceholders(message, id, account, sender.companion, sender.network);
    return { account, device, retry: 0 };
  } catch (error) {
    const retry = retryNumber(device, envelope);
    ledger.append({ kind: 'undecryptable', ...addressing, resend, retry, reason: reasonOf(error) });
    return retry === 0 ? undefined : { account, device, retry };
  }
}

/** 0 when none is requested: for a duplicate of a decrypted message, and beyond a limit. */
function retryNumber({ inbox }: SimulatedDevice, envelope: Envelope): number {
  const key = messageKey(envelope);
  return inbox.hasDecrypted(key) ? 0 : (inbox.countRetry(key) ?? 0);
}
