import { Troupe } from './client.ts';
import type { Event } from './connection.ts';
import { TroupeError } from './errors.ts';

const timeoutMs = 60_000;

const usage = `Sends a text, follows the events, and exits with 0 when the message was sent and delivered.

  SESSION=http://127.0.0.1:8080/api/v1/sessions/… KEY=wa_… bin/node client/example.ts 15550000001@s.whatsapp.net`;

/** Sends a text and waits until it is delivered. Rejects when that does not happen in time. */
async function sendAndVerify(troupe: Troupe, session: string, to: string): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  // The stream is opened before the message is sent, so that none of its events is missed.
  const events = await troupe.follow({ events: ['message.status'], sessions: [session], signal });
  const sent = await troupe.send(session, { to, type: 'text', text: 'Hello from the typed client!' }, { signal });
  say(`sent: ${sent.outboxId} is "${sent.status}", WhatsApp id ${sent.waMessageId}`);
  await untilDelivered(events, sent.outboxId);
  const path = { session, outboxId: sent.outboxId };
  const { data, error, response } = await troupe.api.GET('/api/v1/sessions/{session}/outbox/{outboxId}', {
    params: { path },
    signal,
  });
  if (data === undefined) throw new TroupeError(response, error);
  say(`verified: "${data.status}" in the outbox, attempts: ${data.attempts}, trace ${data.traceId}`);
}

async function untilDelivered(events: AsyncIterable<Event>, outboxId: string): Promise<void> {
  const seen: string[] = [];
  for await (const { event, payload } of events) {
    if (event !== 'message.status' || payload.outboxId !== outboxId) continue;
    say(`event: "${payload.status}"`);
    seen.push(payload.status);
    if (payload.status === 'failed') throw new Error(`the send failed: ${payload.error?.message}`);
    if (payload.status === 'delivered' && seen.includes('sent')) return;
  }
  throw new Error(`not delivered within ${timeoutMs / 1_000} s; events: ${seen.join(', ')}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
}

const { SESSION = '', KEY = '' } = process.env;
const [to = ''] = process.argv.slice(2);
const [, url, session] = /^(https?:\/\/[^?#]+)\/api\/v1\/sessions\/([^/?#]+)$/.exec(SESSION) ?? [];
if (url === undefined || session === undefined || KEY === '' || to === '') {
  fail(usage);
} else {
  await sendAndVerify(new Troupe({ url, key: KEY }), session, to).catch((error: unknown) => {
    fail(`failed: ${error instanceof Error ? error.message : String(error)}`);
  });
}
