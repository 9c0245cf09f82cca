import { createHmac } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { type KeyPair, sign, verify } from '../wire/keys.ts';

/** Prefixes of the two signatures of a link (`WA_ADV_ACCOUNT_SIG_PREFIX`, `WA_ADV_DEVICE_SIG_PREFIX`). */
const ACCOUNT_SIGNATURE = Buffer.from([6, 0]);
const DEVICE_SIGNATURE = Buffer.from([6, 1]);

/** A phone's statement that a device belongs to its account. */
export interface DeviceIdentity {
  readonly details: Buffer;
  /** The `ADVSignedDeviceIdentityHMAC` for the companion. */
  readonly encoded: Buffer;
}

/**
 * Signs the device identity of a companion that the phone accepts.
 * @param phone the phone's identity key
 * @param companionIdentity the companion's identity key, 32 bytes
 * @param advSecret shared only by phone and companion, so that the server cannot link devices itself
 */
export function signDeviceIdentity(
  phone: KeyPair,
  companionIdentity: Buffer,
  advSecret: Buffer,
  keyIndex: number,
): DeviceIdentity {
  const details = Buffer.from(
    proto.ADVDeviceIdentity.encode({
      rawId: phone.public.readUInt32BE(0),
      timestamp: Math.floor(Date.now() / 1000),
      keyIndex,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish(),
  );
  const accountSignature = sign(phone.private, Buffer.concat([ACCOUNT_SIGNATURE, details, companionIdentity]));
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: phone.public,
    accountSignature,
  }).finish();
  const hmac = createHmac('sha256', advSecret).update(signed).digest();
  return {
    details,
    encoded: Buffer.from(proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish()),
  };
}

/** Whether the companion countersigned with the identity key that the phone accepted. */
export function isCountersigned(
  answer: Uint8Array,
  phone: KeyPair,
  companionIdentity: Buffer,
  details: Buffer,
): boolean {
  const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(answer);
  if (deviceSignature === null || deviceSignature === undefined) return false;
  const signed = Buffer.concat([DEVICE_SIGNATURE, details, companionIdentity, phone.public]);
  return verify(companionIdentity, signed, deviceSignature);
}
