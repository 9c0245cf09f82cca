import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { exchange, hangUp, startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const mebibyte = 1024 * 1024;
const to = '6281234567890@s.whatsapp.net';
const file = { data: 'QUJD'.repeat((10 * mebibyte) / 4), mimetype: 'image/png', type: 'text' };
const json = { 'content-type': 'application/json' };

async function sending() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['send'] }), await api.linkedSession()];
  const path = `/api/v1/sessions/${session}/messages`;
  const send = (body: object, query = '') => api.ask(`POST ${path}${query}`, { key, json: body });
  return { api, key, path, send };
}

test('ten megabytes of media are 501 and not 413, wherever the type and the recipient stand', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const type of ['image', 'video', 'audio', 'document', 'sticker']) {
    for (const body of [
      { to, type, media: file },
      { media: file, type, to },
      { type, media: file, to },
      { to, media: file, type },
    ]) {
      errorOf(await send(body), 501, 'not_implemented');
    }
  }
  assert.equal(api.sends.dispatched.length, 0);
});

test('a recipient that is missing or none is 400 also with ten megabytes of media', async () => {
  const { api, send } = await sending();
  await using _ = api;

  issuesOf(await send({ to: 'nobody', type: 'image', media: file }), 'to');
  issuesOf(await send({ media: file, type: 'image', to: [to] }), 'to');
  issuesOf(await send({ type: 'image', media: file }), 'to');
  issuesOf(await send({ to, type: 'image', media: file }, '?async=perhaps'), 'async');
});

test('a large body of any other type, or of none at the top level, is 413', async () => {
  const { api, key, path, send } = await sending();
  await using _ = api;

  for (const body of [
    { to, type: 'text', media: file },
    { to, media: file },
    { to, media: { type: 'image', file } },
  ]) {
    errorOf(await send(body), 413, 'payload_too_large');
  }
  const list = JSON.stringify([{ to, type: 'image', media: file }]);
  errorOf(await api.ask(`POST ${path}`, { key, body: list, headers: json }), 413, 'payload_too_large');
});

test('what stands behind 32 MiB is not looked for', async () => {
  const { api, send } = await sending();
  await using _ = api;

  const body = { to, media: { data: 'x'.repeat(33 * mebibyte) }, type: 'image' };

  errorOf(await send(body), 413, 'payload_too_large');
});

test('a large packed body is 413: it would have to be unpacked to be looked at', async () => {
  const { api, key, path } = await sending();
  await using _ = api;
  const body = gzipSync(JSON.stringify({ to, type: 'image', media: file }));

  const answer = await api.ask(`POST ${path}`, { key, body, headers: { ...json, 'content-encoding': 'gzip' } });

  errorOf(answer, 413, 'payload_too_large');
});

test('in chunks it is the same, and the connection goes on behind it', async () => {
  const { api, key, path } = await sending();
  await using _ = api;
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nContent-Type: application/json`;
  const pieces = [
    '{"media":"',
    ...Array.from({ length: 20 }, () => 'A'.repeat(mebibyte / 8)),
    `","type":"audio","to":"${to}"}`,
  ];
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
  const next = 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

  const received = await exchange(api.url, `${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n${next}`);

  assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 501', 'HTTP/1.1 200']);
});

test('a caller who leaves in the middle of a large body is no fault of ours', async () => {
  const { api, key, path } = await sending();
  await using _ = api;
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nContent-Type: application/json`;
  const part = `{"media":"${'x'.repeat(2 * mebibyte)}`;

  await hangUp(api.url, `${head}\r\nContent-Length: ${10 * mebibyte}\r\n\r\n${part}`);

  const [line] = await api.log.until('request');
  assert.deepEqual([line?.route, line?.aborted, api.log.faults], ['sendMessage', true, []]);
});
