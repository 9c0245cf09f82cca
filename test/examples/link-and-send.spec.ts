import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type ExampleBed, own, startExampleBed, to } from './support/bed.ts';
import { example, Program } from './support/program.ts';

let bed: ExampleBed;

before(async () => {
  bed = await startExampleBed();
});

after(() => bed[Symbol.asyncDispose]());

function start(text: string, env: NodeJS.ProcessEnv = {}): Program {
  const settings = { KEY: bed.client.token, URL: bed.url, ...env };
  return Program.start(example('link-and-send.sh'), [to, text], settings, bed.folder);
}

/** The id of the session that the script has made, once it asks to scan the code. */
function sessionOf(script: Program): Promise<string> {
  return eventually(() => {
    const [, id] = /^session (\w+)\nscan /m.exec(script.stdout.join('\n')) ?? [];
    assert(id !== undefined, script.stderr.join('\n'));
    return id;
  });
}

test('the script links a number, sends a text and sees it delivered', async () => {
  await using script = start('quotes " and \\ backslashes');
  const session = await sessionOf(script);
  await bed.simulator.scanQr(await bed.client.qr(session), own);

  assert.deepEqual([await script.ended, script.stderr], [0, []]);
  assert.deepEqual(bed.received(), ['quotes " and \\ backslashes']);
  assert.match(script.stdout.join('\n'), /status connected\nsent \w+ sent\n(?:event \w+\n)*event (?:delivered|read)$/);
  assert.deepEqual((await readFile(join(bed.folder, 'qr.png'))).subarray(1, 4), Buffer.from('PNG'));

  await using second = start('and once more', { SESSION: session });
  assert.equal(await second.ended, 0, second.stderr.join('\n'));
  assert.deepEqual(bed.received().length, 2);
});

test('the script ends with an error when its key is refused', async () => {
  await using script = start('never', { KEY: 'wa_none' });

  assert.notEqual(await script.ended, 0);
  assert.match(script.stderr.join('\n'), /401/);
});
