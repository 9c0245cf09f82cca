import * as v from 'valibot';
import { unwrap } from '../../domain/errors.ts';
import { AssertionSchema } from '../../domain/passkey.ts';
import { sessionAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { presentPasskey } from '../response/present.ts';
import { PasskeyAnswerSchema } from '../response/session-schema.ts';
import { route } from '../routing/route.ts';

const { response, ...credential } = AssertionSchema.entries;

/** `PublicKeyCredential.toJSON()` of an assertion. */
const AssertionBodySchema = v.strictObject({
  ...credential,
  response: v.strictObject(response.entries),
  authenticatorAttachment: v.exactOptional(v.nullable(v.string())),
  clientExtensionResults: v.exactOptional(v.looseObject({})),
});

const [id, expiresAt] = ['w8mWGX0q', 1_795_398_312_117];
const asked = {
  stage: 'assertion' as const,
  publicKey: {
    challenge: 'FC6vcJgP-Ov_66yfWgoh1w',
    rpId: 'whatsapp.com' as const,
    timeout: 600_000,
    allowCredentials: [],
    userVerification: 'required',
  },
  code: null,
  expiresAt,
};
const waiting = { stage: 'waiting' as const, publicKey: null, code: null, expiresAt };
const toCompare = { stage: 'confirmation' as const, publicKey: null, code: 'YT8E-Q8RG', expiresAt };

export const getPasskey = route({
  id: 'sessionPasskey',
  method: 'GET',
  path: '/api/v1/sessions/{session}/passkey',
  summary: 'Get the challenge for the passkey that WhatsApp asks for before it links the number',
  description:
    'A session that is `pairing` with the reason `passkey_required` waits for it. The challenge can only be signed on `https://web.whatsapp.com`, with `navigator.credentials.get`.',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: PasskeyAnswerSchema,
  refuses: ['conflict'],
  examples: { answer: { asked, waiting, toCompare } },
  handler: async ({ address }, { sessions }) => presentPasskey(unwrap(await sessions.passkey(address))),
});

export const assertPasskey = route({
  id: 'sessionPasskeyAssertion',
  method: 'POST',
  path: '/api/v1/sessions/{session}/passkey',
  summary: 'Give WhatsApp the signed challenge, as `PublicKeyCredential.toJSON()` returns it',
  access: sessionAccess('manage'),
  reads: { ...nothing, body: AssertionBodySchema },
  status: 200,
  returns: PasskeyAnswerSchema,
  refuses: ['conflict', 'upstream_error', 'timeout'],
  examples: {
    body: {
      credential: {
        id,
        rawId: id,
        type: 'public-key',
        response: { clientDataJSON: 'eyJ0eXBlIjoi', authenticatorData: 'SZYN5YgO', signature: 'MEUCIQDx' },
      },
    },
    answer: { waiting },
  },
  handler: async ({ address, body }, { sessions }) => {
    const assertion = { id: body.id, rawId: body.rawId, type: body.type, response: body.response };
    return presentPasskey(unwrap(await sessions.assertPasskey(address, assertion)));
  },
});

export const confirmPasskey = route({
  id: 'sessionPasskeyConfirmation',
  method: 'POST',
  path: '/api/v1/sessions/{session}/passkey/confirm',
  summary: 'Confirm that the phone shows the same code',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: PasskeyAnswerSchema,
  refuses: ['conflict', 'timeout'],
  examples: { answer: { waiting } },
  handler: async ({ address }, { sessions }) => presentPasskey(unwrap(await sessions.confirmPasskey(address))),
});
