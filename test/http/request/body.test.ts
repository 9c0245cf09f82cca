import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type Api, type Ask, exchange, hangUp, startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const mebibyte = 1024 * 1024;
const json = { 'content-type': 'application/json' };
const gzipped = { ...json, 'content-encoding': 'gzip' };

/** Asks to create a session, the one route whose body may be absent. */
async function creator(api: Api) {
  const key = await api.key();
  return (ask: Ask) => api.ask('POST /api/v1/sessions', { key, ...ask });
}

test('a body that is not JSON is 415, also when it says nothing of its type', async () => {
  await using api = await startApi();
  const create = await creator(api);

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/jsonp', '']) {
    const answer = await create({ body: '{"label":"x"}', headers: { 'content-type': type } });
    errorOf(answer, 415, 'unsupported_media_type');
  }
});

test('application/json is taken in any case and with any parameters', async () => {
  await using api = await startApi();
  const create = await creator(api);

  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=UTF-8',
    'application/json;a',
  ]) {
    assert.equal((await create({ body: '{}', headers: { 'content-type': type } })).status, 201);
  }
});

test('an absent body is the same as an empty object', async () => {
  await using api = await startApi();
  const create = await creator(api);

  assert.equal((await create({})).status, 201);
  assert.equal((await create({ headers: json })).status, 201);
  assert.equal((await create({ body: gzipSync(''), headers: gzipped })).status, 201);
});

test('what is not a JSON object in UTF-8 is 400, and nothing of it gets into the log', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const latin1 = Uint8Array.from(Buffer.from('{"label":"é"}', 'latin1'));

  for (const body of ['{', '{"label":', '[]', '[{}]', 'null', '5', '"x"', ' ', '{"label":"x"}}', "{'a':1}", latin1]) {
    issuesOf(await create({ body, headers: json }), 'body');
  }
  assert.ok(api.log.lines.every(({ msg }) => msg === 'request'));
});

test('a body of two megabytes is 413, with a length, in chunks, and without a key never', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const body = JSON.stringify({ label: 'x'.repeat(2 * mebibyte) });

  errorOf(await create({ body, headers: json }), 413, 'payload_too_large');
  errorOf(await create({ body, headers: { 'content-type': 'text/plain' } }), 413, 'payload_too_large');
  errorOf(await create({ key: 'wa_x', body, headers: json }), 401, 'unauthorized');

  const key = await api.key();
  const chunks = `80000\r\n${' '.repeat(mebibyte / 2)}\r\n`.repeat(4);
  const head = `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nContent-Type: application/json`;
  const received = await exchange(
    api.url,
    `${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
  assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 413', 'HTTP/1.1 200']);
});

test('a body of exactly the limit is read, one byte more is not: 64 KiB, and a mebibyte for messages', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const [key, session] = [await api.key(), await api.linkedSession()];
  const send = (ask: Ask) => api.ask(`POST /api/v1/sessions/${session}/messages`, { key, ...ask });
  const ofLength = (length: number) => ({ body: `{${' '.repeat(length - 2)}}`, headers: json });

  assert.equal((await create(ofLength(64 * 1024))).status, 201);
  errorOf(await create(ofLength(64 * 1024 + 1)), 413, 'payload_too_large');
  issuesOf(await send(ofLength(mebibyte)), 'type');
  errorOf(await send(ofLength(mebibyte + 1)), 413, 'payload_too_large');
});

test('packed bodies are unpacked', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const plain = Buffer.from('{"label":"packed"}');
  const bodies = { gzip: gzipSync(plain), deflate: deflateSync(plain), br: brotliCompressSync(plain), identity: plain };

  for (const [encoding, body] of Object.entries(bodies)) {
    const answer = await create({ body: Uint8Array.from(body), headers: { ...json, 'content-encoding': encoding } });
    assert.equal(answer.status, 201, encoding);
    assert.match(answer.text, /"label":"packed"/);
  }
});

test('a packing that is unknown is 415, and one that is broken is 400', async () => {
  await using api = await startApi();
  const create = await creator(api);

  const unknown = await create({ body: '{}', headers: { ...json, 'content-encoding': 'zip' } });
  errorOf(unknown, 415, 'unsupported_media_type');
  issuesOf(await create({ body: '{}', headers: gzipped }), 'body');
  issuesOf(await create({ body: gzipSync('{}').subarray(0, 12), headers: gzipped }), 'body');
});

test('a gzip bomb is 413, and one that is damaged behind the limit harms nobody', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const bomb = gzipSync(Buffer.alloc(64 * mebibyte, ' '));
  const small = gzipSync(Buffer.alloc(3 * mebibyte, ' '), { level: 9 });

  errorOf(await create({ body: bomb, headers: gzipped }), 413, 'payload_too_large');
  for (let cut = small.length - 100; cut > 100; cut -= 100) {
    const answer = await create({ body: small.slice().fill(0xff, cut), headers: gzipped });
    assert.ok(answer.status === 413 || answer.status === 400, answer.text);
  }
  assert.equal((await api.ask('GET /livez')).status, 200);
});

test('a key __proto__ is 400 at any depth and however it is spelled', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const bodies = [
    '{"__proto__":{"label":"x"}}',
    '{"label":{"__proto__":1}}',
    '{"\\u005f_proto__":null}',
    '{"label":[[{"__proto__":[]}]]}',
  ];

  for (const body of bodies) issuesOf(await create({ body, headers: json }), '__proto__');
});

test('a body may be nested 32 deep and no deeper, whether in lists or in objects', async () => {
  await using api = await startApi();
  const create = await creator(api);
  const ofLists = (depth: number) => `{"label":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const ofObjects = (depth: number) => `${'{"label":'.repeat(depth)}1${'}'.repeat(depth)}`;

  for (const body of [ofLists(32), ofObjects(32)]) issuesOf(await create({ body, headers: json }), 'label');
  for (const body of [ofLists(33), ofObjects(33), ofLists(30_000), ofObjects(6_000)]) {
    assert.match(issuesOf(await create({ body, headers: json }), 'body').join(), /nested deeper than 32/);
  }
});

test('a caller who leaves in the middle of a body is not a fault of ours', async () => {
  await using api = await startApi();
  const key = await api.key();
  for (const encoding of ['identity', 'gzip']) {
    const head = `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nContent-Type: application/json`;
    const raw = `${head}\r\nContent-Encoding: ${encoding}\r\nContent-Length: 100\r\n\r\n{"label"`;
    await hangUp(api.url, raw);
  }

  const lines = await api.log.until('request', 2);

  assert.ok(lines.every((line) => line.aborted === true && line.route === 'createSession'));
  assert.deepEqual(api.log.faults, []);
});

test('a route without a body does not look at the one that is sent', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  const stop = `POST /api/v1/sessions/${session}:stop`;

  assert.equal((await api.ask(stop, { key, body: 'x', headers: { 'content-type': 'text/plain' } })).status, 200);
  assert.equal((await api.ask(stop, { key, json: {} })).status, 200);
});
