import type { Account } from '../../accounts/account.ts';
import type { SimulatedDevice } from '../../accounts/simulated-device.ts';
import { reasonOf } from '../../errors.ts';
import { editedId, pollOf, textOf } from '../content.ts';
import type { DevicePayload } from './device-payload.ts';
import { type Envelope, nameOf } from './envelope.ts';

/** A simulated device that got a message. */
export interface Reader {
  readonly account: Account;
  readonly device: SimulatedDevice;
  /** 0 when it could read the message, else which time it asks for it again. */
  readonly retry: number;
}

type SimulatedParcel = DevicePayload & { readonly device: SimulatedDevice };

/** The device opens its parcel. Resolves with undefined when it has nothing to answer. */
export async function read(parcel: SimulatedParcel, envelope: Envelope): Promise<Reader | undefined> {
  const { account, device } = parcel;
  if (!envelope.sender.network.settings.decrypt) return { account, device, retry: 0 };
  return device.incoming.run(() => open(parcel, envelope));
}

async function open(parcel: SimulatedParcel, envelope: Envelope): Promise<Reader | undefined> {
  const { account, device, seals, resend } = parcel;
  const { sender, id, chat, group } = envelope;
  const { ledger } = sender.network;
  const head = { id, from: sender.account.phone, to: account.phone, device: device.id, chat };
  const peer = { lid: sender.account.lid, device: sender.companion.id };
  try {
    const opened = await device.open(peer, seals, group?.jid);
    device.inbox.read(nameOf(envelope));
    // What the sender's other devices get of a message to a person is wrapped in a note about the chat.
    const message = opened.deviceSentMessage?.message ?? opened;
    const ownCopy = message !== opened || (group !== undefined && account === sender.account);
    const essence = { text: textOf(message), edits: editedId(message), poll: pollOf(message) };
    ledger.append({ kind: 'delivery', ...head, ownCopy, resend, ...essence, message });
    return { account, device, retry: 0 };
  } catch (error) {
    ledger.append({ kind: 'undecryptable', ...head, resend, reason: reasonOf(error) });
    return askAgain(parcel, envelope);
  }
}

/** A message that was read before and came twice is no loss; any other is asked for, up to a point. */
function askAgain({ account, device }: SimulatedParcel, envelope: Envelope): Reader | undefined {
  const name = nameOf(envelope);
  const retry = device.inbox.hasRead(name) ? undefined : device.inbox.want(name);
  return retry === undefined ? undefined : { account, device, retry };
}
