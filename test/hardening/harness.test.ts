import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../faults/harness/random.ts';
import { startWorld } from '../faults/support/world.ts';
import { generate } from './harness/generate.ts';
import { hostileBody } from './harness/hostile-bodies.ts';
import { fieldsOf, toJson } from './harness/json-text.ts';
import { fifths } from './harness/resident.ts';
import { mannWhitney } from './harness/statistics.ts';
import { malformed } from './harness/well-formed.ts';
import { Wire, wireRequest } from './harness/wire.ts';

function isAbout(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 5e-5, `${actual} is not about ${expected}`);
}

test('the Mann-Whitney test knows the values that others compute', () => {
  // The example of SciPy's mannwhitneyu, without its correction for continuity.
  const { u, z, p } = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
  assert.equal(u, 17);
  isAbout(z, 7 / Math.sqrt(50 / 3));
  isAbout(p, 0.08641);

  const turned = mannWhitney([20, 11, 17, 12], [19, 22, 16, 29, 24]);
  assert.equal(turned.u, 3);
  isAbout(turned.z, -z);
});

test('the Mann-Whitney test shares ranks among equal values, and makes nothing of samples that are all the same', () => {
  // By hand: ranks 1, 3, 3, 5.5 and 3, 5.5, 7; ties of 3 and 2 values.
  const { u, z } = mannWhitney([1, 2, 2, 3], [2, 3, 4]);
  assert.equal(u, 2.5);
  isAbout(z, -3.5 / Math.sqrt(8 - 30 / 42));

  const same = mannWhitney([5, 5], [5, 5, 5]);
  assert.equal(same.z, 0);
  isAbout(same.p, 1);
});

test('the Mann-Whitney test finds a small shift in many values, and none where there is none', () => {
  const random = seededRandom(1);
  const sample = (shift: number) => Array.from({ length: 5_000 }, () => random.next() + shift);

  assert(mannWhitney(sample(0), sample(0.03)).p < 0.001);
  assert(mannWhitney(sample(0), sample(0)).p > 0.01);
});

test('a series is told by the medians of its fifths', () => {
  assert.deepEqual(fifths([9, 9, 1, 2, 3, 3, 4, 4, 5, 7]), [9, 1.5, 3, 4, 6]);
});

test('the same seed makes the same hostile bodies, of every kind', () => {
  const bodies = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 2_000 }, () => hostileBody({ to: 'somebody', text: 'hello' }, random));
  };
  const made = bodies(7);

  assert.deepEqual(made, bodies(7));
  const some = (matches: (text: string) => boolean) => made.some(({ bytes }) => matches(bytes.toString('latin1')));
  assert(some((text) => text.includes('"__proto__":{"polluted":true}')));
  assert(some((text) => text.includes('[[[[[[[[')));
  assert(some((text) => text.includes('\\ud800')));
  assert(some((text) => (text.match(/"text":/g)?.length ?? 0) > 1));
  assert(some((text) => text.startsWith('{"to":"somebody"') && !text.endsWith('}')));
  assert(some((text) => text.length > 100_000));
  assert(made.some(({ encoding }) => encoding === 'gzip'));
  assert(made.some(({ type }) => type === 'text/plain'));
});

test('fields become JSON with every name as it is, twice if need be', () => {
  assert.equal(toJson([...fieldsOf({ a: 1 }), ['__proto__', '{}'], ['a', '"2"']]), '{"a":1,"__proto__":{},"a":"2"}');
});

test('an answer that is not what answers are is found', () => {
  const head = 'HTTP/1.1 400 Bad Request\r\nX-Request-Id: 1\r\nContent-Type: application/json\r\n\r\n';
  const body = '{"error":{"code":"validation_error","message":"to is required","details":{}}}';
  const answer = { status: 400, head, body, elapsedMs: 1 };

  assert.equal(malformed(answer), null);
  assert.match(malformed({ ...answer, head: head.replace('X-Request-Id', 'X-Other') }) ?? '', /X-Request-Id/);
  assert.match(malformed({ ...answer, head: head.replace('/json', '/xml') }) ?? '', /not said to be JSON/);
  assert.match(malformed({ ...answer, body: '' }) ?? '', /no JSON object/);
  assert.match(malformed({ ...answer, body: body.replace('validation_error', 'oops') }) ?? '', /error envelope/);
  assert.equal(malformed({ ...answer, status: 200, body: '{}' }), null);
});

/** A server that does this to each request. */
async function answering(t: TestContext, answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function writeInTurn(socket: Socket, [part, ...rest]: readonly string[]): void {
  if (part !== undefined) socket.write(part, () => writeInTurn(socket, rest));
}

test('a wire reads an answer that comes in pieces, one after the other, and sees the end of the connection', async (t) => {
  const parts = ['HTTP/1.1 404 Not Found\r\nContent-', 'Length: 5\r\n\r\nhel', 'lo'];
  const url = await answering(t, (socket) => writeInTurn(socket, parts));
  const wire = await Wire.open(url);

  for (let count = 0; count < 2; count += 1) {
    const { status, head, body } = await wire.ask(wireRequest('GET', '/', 'key'));
    assert.deepEqual({ status, body }, { status: 404, body: 'hello' });
    assert.equal(head, 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n');
  }

  const cutting = await Wire.open(await answering(t, (socket) => socket.destroy()));
  await assert.rejects(cutting.ask(wireRequest('GET', '/', 'key')));
  assert.equal(cutting.isOpen, false);
});

test('a generator accounts for every request that is due, whatever becomes of it', async (t) => {
  const answers = [
    [200, '{}'],
    [503, '{}'],
    [429, '{"error":{"code":"queue_full"}}'],
    [429, '{"error":{"code":"rate_limited"}}'],
    [500, '{}'],
    [0, ''],
  ] as const;
  let asked = 0;
  let probed = 0;
  const server = createHttpServer((request, response) => {
    if (request.url === '/livez') {
      probed += 1;
      response.end();
      return;
    }
    const [status = 0, body = ''] = answers[asked % answers.length] ?? [];
    asked += 1;
    if (status === 0) request.destroy();
    else response.writeHead(status, { 'Content-Length': body.length }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const requests = [wireRequest('GET', '/', 'key')];

  const { lanes } = await generate({
    url,
    durationMs: 300,
    seed: 1,
    lanes: [
      { name: 'closed', perSecond: null, wires: 2, requests },
      { name: 'open', perSecond: 1_000, wires: 1, requests },
    ],
  });

  assert.deepEqual(
    lanes.map(({ name }) => name),
    ['closed', 'open'],
  );
  for (const { due, asked: sent, unanswered, tallies, others } of lanes) {
    const answered = Object.values(tallies).reduce((sum, { count }) => sum + count, 0);
    assert(due >= sent);
    assert.equal(answered + unanswered, sent);
    assert.equal(others['500'] ?? 0, tallies.other.count);
  }
  const closed = Object.values(lanes[0]?.tallies ?? {});
  assert.equal(closed.filter(({ count }) => count > 0).length, 4);
  assert((lanes[0]?.unanswered ?? 0) > 0);
  assert.equal(asked, (lanes[0]?.asked ?? 0) + (lanes[1]?.asked ?? 0));
  assert.equal(probed, 3);
});

test('a prototype that something has changed is found from outside the gateway', async () => {
  const pollute = 'data:text/javascript,process.on("message",()=>{Object.prototype.polluted=true})';
  const prototypes = join(import.meta.dirname, 'preloads/prototypes.ts');
  await using world = await startWorld();
  const changes = join(world.directory.path, 'prototypes.json');
  const gateway = await world.start([pollute, prototypes], { PROTOTYPES: changes });

  await gateway.tell({ ask: 'prototypes' });

  assert.deepEqual(JSON.parse(await readFile(changes, 'utf8')), ['Object.prototype.polluted']);
});
