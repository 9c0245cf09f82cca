import { SimulatorError } from '../errors.ts';

/** The content of a QR code. */
export interface QrCode {
  readonly ref: string;
  readonly noiseKey: Buffer;
  readonly identity: Buffer;
  readonly advSecret: Buffer;
}

/**
 * `https://wa.me/settings/linked_devices#` precedes the fields (Baileys 7.0.0-rc14); older clients show only the
 * fields.
 */
const FIELDS_MARK = '#';
const KEY_BYTES = 32;

/** Reads `ref,noise key,identity key,secret[,platform]`. Throws a `validation_error` that names the field `qr`. */
export function parseQr(text: string): QrCode {
  const fields = text.slice(text.indexOf(FIELDS_MARK) + 1).split(',');
  const [ref, noiseKey, identity, advSecret] = fields;
  if (ref === undefined || ref === '' || noiseKey === undefined || identity === undefined || advSecret === undefined) {
    throw invalidQr(`it has only ${fields.length} of the fields`);
  }
  return { ref, noiseKey: key(noiseKey), identity: key(identity), advSecret: key(advSecret) };
}

function key(base64: string): Buffer {
  const data = Buffer.from(base64, 'base64');
  if (data.length !== KEY_BYTES) throw invalidQr('one of its keys is not 32 bytes of base64');
  return data;
}

function invalidQr(why: string): SimulatorError {
  return new SimulatorError('validation_error', `this is not a WhatsApp QR code: ${why}`, { details: { field: 'qr' } });
}
