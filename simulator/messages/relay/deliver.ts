import { type Reader, read } from './decrypt-payload.ts';
import { type DevicePayload, devicePayloadsOf } from './device-payload.ts';
import { type Envelope, nameOf } from './envelope.ts';
import { relay } from './relay.ts';

/**
 * Hands every device its part of the message, or, when recipients have had it before, only those that asked for it
 * again. Resolves with the simulated devices that have something to say about it.
 */
export async function deliver(envelope: Envelope, repeated: boolean): Promise<Reader[]> {
  const parcels = devicePayloadsOf(envelope).filter((parcel) => !repeated || isWanted(parcel, envelope));
  const readers = await Promise.all(parcels.map((parcel) => hand(parcel, envelope)));
  return readers.filter((reader) => reader !== undefined);
}

async function hand({ device, ...parcel }: DevicePayload, envelope: Envelope): Promise<Reader | undefined> {
  if (device.kind === 'simulated') return read({ ...parcel, device }, envelope);
  relay({ ...parcel, device }, envelope);
  return undefined;
}

function isWanted({ device, resend }: DevicePayload, envelope: Envelope): boolean {
  return resend > 0 || (device.kind === 'simulated' && device.inbox.wants(nameOf(envelope)));
}
