import { readFile, rename, writeFile } from 'node:fs/promises';
import { Troupe } from '../client/client.ts';
import type { Event } from '../client/connection.ts';
import { TroupeError } from '../client/errors.ts';

const usage = `Answers people who write "ping", "time" or "help" to a linked number. Ctrl-C ends it.

  KEY=wa_… bin/node examples/answering-bot.ts [--cursor FILE]

KEY needs the capabilities read and send. URL is the address of another gateway. With --cursor it also answers messages
that arrived while it was down.`;

const answers = new Map<string, () => string>([
  ['ping', () => 'pong'],
  ['time', () => `It is ${new Date().toISOString()}.`],
  ['help', () => 'Write "ping" or "time".'],
]);

/** Answers each known message. Rejects when the gateway refuses the stream, for instance for a revoked key. */
async function answerAll(troupe: Troupe, cursor: string | null, signal: AbortSignal): Promise<void> {
  const after = cursor === null ? null : await readCursor(cursor);
  const events = await troupe.follow({ events: ['message'], signal, ...(after !== null && { after }) });
  say('listening');
  for await (const event of events) {
    await answer(troupe, event, signal);
    // Saved after the answer: after a crash in between, the answer is repeated under the same key, which sends nothing.
    if (cursor !== null) await saveCursor(cursor, event.id);
  }
}

async function answer(troupe: Troupe, { session, event, payload }: Event, signal: AbortSignal): Promise<void> {
  if (event !== 'message' || payload.fromMe || payload.chatJid.endsWith('@g.us')) return;
  const text = answers.get(payload.body?.trim().toLowerCase() ?? '')?.();
  if (text === undefined) return;
  try {
    const message = { to: payload.chatJid, type: 'text', text, replyTo: payload.waMessageId } as const;
    // Events are delivered at least once. The key is derived from the message, so each one is answered once.
    const idempotencyKey = `answer-${payload.waMessageId}`;
    const { outboxId, status } = await troupe.send(session, message, { idempotencyKey, signal });
    say(`answered: ${outboxId} is "${status}"`);
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    say(`not answered: ${error.status} ${error.code ?? ''} ${error.message}`);
  }
}

async function readCursor(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Written to another file and renamed, so that the cursor is never incomplete. */
async function saveCursor(path: string, id: string): Promise<void> {
  await writeFile(`${path}.new`, id);
  await rename(`${path}.new`, path);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { URL: url = 'http://127.0.0.1:8080', KEY: key = '' } = process.env;
const [option, cursor = null] = process.argv.slice(2);
if (key === '' || (option !== undefined && (option !== '--cursor' || cursor === null))) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 1;
} else {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  await answerAll(new Troupe({ url, key }), cursor, ending.signal).catch((error: unknown) => {
    if (ending.signal.aborted) return;
    process.stderr.write(`It did not work: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
