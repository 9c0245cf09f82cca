import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proto, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { createServerIdentity } from '../../../simulator/wire/certificates.ts';
import { verify } from '../../../simulator/wire/keys.ts';

test('the root signs the intermediate, the intermediate the leaf, and the leaf holds the static key', () => {
  const { root, staticKeys, certificateChain } = createServerIdentity();
  const { intermediate, leaf } = proto.CertChain.decode(certificateChain);
  const middle = proto.CertChain.NoiseCertificate.Details.decode(intermediate?.details ?? Buffer.alloc(0));
  const end = proto.CertChain.NoiseCertificate.Details.decode(leaf?.details ?? Buffer.alloc(0));

  assert.ok(verify(root.public, intermediate?.details ?? Buffer.alloc(0), intermediate?.signature ?? Buffer.alloc(0)));
  assert.ok(
    verify(middle.key ?? Buffer.alloc(0), leaf?.details ?? Buffer.alloc(0), leaf?.signature ?? Buffer.alloc(0)),
  );
  assert.equal(middle.issuerSerial, WA_CERT_DETAILS.SERIAL);
  assert.equal(end.issuerSerial, middle.serial);
  assert.deepEqual(Buffer.from(end.key ?? []), staticKeys.public);
});

test('a chain does not verify under another root', () => {
  const { certificateChain } = createServerIdentity();
  const { intermediate } = proto.CertChain.decode(certificateChain);
  const stranger = createServerIdentity().root.public;

  assert.ok(!verify(stranger, intermediate?.details ?? Buffer.alloc(0), intermediate?.signature ?? Buffer.alloc(0)));
});
