import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { outboundGuard, outboundRecord } from '../support/process/outbound-record.ts';
import { type ExampleBed, own, startExampleBed } from './support/bed.ts';
import { example, Program } from './support/program.ts';

let bed: ExampleBed;

before(async () => {
  bed = await startExampleBed();
  await bed.client.linked(bed.simulator, own);
});

after(() => bed[Symbol.asyncDispose]());

function startBot(cursor: string, key = bed.client.token): Program {
  const args = ['--import', outboundGuard, example('answering-bot.ts'), '--cursor', join(bed.folder, cursor)];
  return Program.start(process.execPath, args, { ...outboundRecord, KEY: key, URL: bed.url }, bed.folder);
}

async function listening(bot: Program): Promise<void> {
  await eventually(() => assert(bot.stdout.includes('listening'), bot.stderr.join('\n')));
}

/** Waits until the contact has got so many answers. */
const answered = (...texts: string[]) => eventually(() => assert.deepEqual(bed.received(), texts));

test('the bot answers what it knows, once, also over a restart of the gateway and one of its own', async () => {
  {
    await using bot = startBot('bot.cursor');
    await listening(bot);

    await bed.contact.sendText(own, 'What is this?');
    await bed.contact.sendText(own, 'Ping');
    await answered('pong');
    await bed.restart();
    await bed.contact.sendText(own, 'help');
    await answered('pong', 'Write "ping" or "time".');

    await eventually(() => assert.equal(bot.stdout.filter((line) => line.startsWith('answered: ')).length, 2));
    bot.signal('SIGTERM');
    assert.equal(await bot.ended, 0, bot.stderr.join('\n'));
  }

  await bed.contact.sendText(own, 'ping');
  await using bot = startBot('bot.cursor');
  await listening(bot);

  await answered('pong', 'Write "ping" or "time".', 'pong');
});

test('the bot says why and ends with 1 when its key is refused', async () => {
  await using bot = startBot('other.cursor', 'wa_none');

  assert.equal(await bot.ended, 1);
  assert.match(bot.stderr.join('\n'), /It did not work: /);
});
