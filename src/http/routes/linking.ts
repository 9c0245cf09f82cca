import * as v from 'valibot';
import { unwrap } from '../../domain/errors.ts';
import { PhoneSchema } from '../../domain/jid.ts';
import { sessionAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { presentPairingCode, presentQr } from '../response/present.ts';
import { qrPng, qrSvg } from '../response/qr-image.ts';
import { LinkCodeSchema } from '../response/session-schema.ts';
import { route } from '../routing/route.ts';

export const getQr = route({
  id: 'sessionQR',
  method: 'GET',
  path: '/api/v1/sessions/{session}/qr',
  summary: 'Get the QR code that links a phone, as text or as an image; 404 until there is one',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: LinkCodeSchema,
  refuses: ['conflict'],
  examples: { answer: { code: { code: '2@Q0RYd2Jx,…', expiresAt: 1_795_397_712_117 } } },
  representations: { 'image/svg+xml': qrSvg, 'image/png': qrPng },
  handler: async ({ address }, { sessions }) => presentQr(unwrap(await sessions.qr(address))),
});

export const createPairingCode = route({
  id: 'sessionPairingCode',
  method: 'POST',
  path: '/api/v1/sessions/{session}/pairing-code',
  summary: 'Request a code to type on the phone instead of scanning the QR code',
  access: sessionAccess('manage'),
  reads: { ...nothing, body: v.strictObject({ phone: PhoneSchema }) },
  status: 200,
  returns: LinkCodeSchema,
  refuses: ['conflict', 'timeout'],
  examples: {
    body: { phone: { phone: '15551234567' } },
    answer: { code: { code: 'YT8E-Q8RG', expiresAt: 1_795_397_712_117 } },
  },
  handler: async ({ address, body }, { sessions }) =>
    presentPairingCode(unwrap(await sessions.pairingCode(address, body.phone))),
});
