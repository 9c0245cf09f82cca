import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { type ExampleBed, own, startExampleBed, to } from './support/bed.ts';
import { example, Program } from './support/program.ts';

const EventSchema = v.object({ id: v.string(), event: v.string(), payload: v.object({ status: v.string() }) });

const steps = ['sending', 'sent', 'delivered', 'read'];

let bed: ExampleBed;
let session: string;

before(async () => {
  bed = await startExampleBed();
  session = await bed.client.linked(bed.simulator, own);
});

after(() => bed[Symbol.asyncDispose]());

function start(key = bed.client.token): Program {
  const args = [example('follow_events.py'), '--url', bed.url, '--events', 'message.status', '--cursor', 'cursor'];
  return Program.start('python3', args, { KEY: key }, bed.folder);
}

const eventsOf = (reader: Program) => reader.stdout.map((line) => v.parse(EventSchema, JSON.parse(line)));

const following = (reader: Program) => eventually(() => assert.match(reader.stderr.join('\n'), /^following/m));

/** Waits until a reader has got the events of so many sends. */
async function read(reader: Program, sends: number): Promise<void> {
  const expected = Array.from({ length: sends }, () => steps).flat();
  await eventually(() =>
    assert.deepEqual(
      eventsOf(reader).map(({ payload }) => payload.status),
      expected,
    ),
  );
}

test('the reader misses no event and repeats none, over a restart of the gateway and one of its own', async () => {
  await using first = start();
  await following(first);
  await bed.client.sendText(session, to, 'one');
  await read(first, 1);
  await bed.restart();
  await bed.client.until(session, 'connected');
  await bed.client.sendText(session, to, 'two');
  await read(first, 2);
  first.signal('SIGTERM');
  assert.equal(await first.ended, 0, first.stderr.join('\n'));

  await bed.client.sendText(session, to, 'three');
  await using second = start();
  await read(second, 1);

  // The end of an id is the position of the event.
  const positions = [...eventsOf(first), ...eventsOf(second)].map(({ id }) => id.slice(-16));
  assert.deepEqual(positions, [...new Set(positions)].toSorted());
});

test('the reader ends when nothing reads its output any more', async () => {
  const command = 'python3 "$0" --url "$1" --events message.status --cursor other.cursor | head -n 1';
  await using pipeline = Program.start(
    'sh',
    ['-c', command, example('follow_events.py'), bed.url],
    { KEY: bed.client.token },
    bed.folder,
  );
  await following(pipeline);

  await bed.client.sendText(session, to, 'four');

  assert.equal(await pipeline.ended, 0);
  assert.equal(pipeline.stdout.length, 1);
});

test('the reader says why and ends with 1 when its key is refused', async () => {
  await using reader = start('wa_none');

  assert.equal(await reader.ended, 1);
  assert.match(reader.stderr.join('\n'), /the gateway refused: 401/);
});
