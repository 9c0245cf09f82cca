import { decryptPayload, type Recipient } from './decrypt-payload.ts';
import { type DevicePayload, devicePayloadsOf } from './device-payload.ts';
import { type Envelope, messageKey } from './envelope.ts';
import { relay } from './relay.ts';

/**
 * Delivers its payload to every device, or, for a duplicate, only to those that have requested a retry. Resolves with the
 * simulated devices that send a receipt.
 */
export async function deliver(envelope: Envelope, duplicate: boolean): Promise<Recipient[]> {
  const payloads = devicePayloadsOf(envelope).filter((payload) => !duplicate || isRetry(payload, envelope));
  const recipients = await Promise.all(payloads.map((payload) => deliverTo(payload, envelope)));
  return recipients.filter((recipient) => recipient !== undefined);
}

async function deliverTo({ device, ...payload }: DevicePayload, envelope: Envelope): Promise<Recipient | undefined> {
  if (device.kind === 'simulated') return decryptPayload({ ...payload, device }, envelope);
  relay({ ...payload, device }, envelope);
  return undefined;
}

function isRetry({ device, resend }: DevicePayload, envelope: Envelope): boolean {
  return resend > 0 || (device.kind === 'simulated' && device.inbox.awaitsRetry(messageKey(envelope)));
}
