import * as v from 'valibot';
import { Caller } from './caller.ts';
import type { GatewayEvent } from './events.ts';
import { qrOf, untilConnected } from './linking.ts';
import type { Stage } from './stage.ts';

/** Prints a step: a sentence, and lines of detail below it. */
export type Report = (what: string, ...details: string[]) => void;

/** The number that the demo links; it writes to Ada. */
const ownPhone = '15551234567';
const text = 'Hello from Troupe!';
const adasAnswer = 'Got it, thank you!';

/** Identifies the send: a repeated request with this key sends nothing. */
const idempotencyKey = 'order-1042';

const SessionSchema = v.object({ id: v.string(), status: v.string() });
const SentSchema = v.object({ status: v.string(), waMessageId: v.string(), replayed: v.boolean() });

type Sent = v.InferOutput<typeof SentSchema>;

/**
 * Runs the demo and reports each step: creates a session, links it to a simulated phone, and sends a text, which a
 * simulated recipient decrypts. The same request again sends nothing; the recipient answers, and all of it is published
 * as events. Everything that a user would do goes over HTTP. Returns the id of the session.
 */
export async function runDemo(stage: Stage, report: Report, signal: AbortSignal): Promise<string> {
  const caller = new Caller(stage.gatewayUrl, stage.token, signal);
  introduce(stage, report);
  const session = await create(caller, report);
  await link(caller, session, stage, report);
  const events = await caller.follow('/api/v1/events?event=message.status,message');
  const { waMessageId } = await send(caller, session, stage, report);
  await arrive(waMessageId, stage, report);
  await sendAgain(caller, session, stage, report);
  await answer(events, waMessageId, stage, report);
  return session;
}

function introduce({ simulator, ada, gatewayUrl, organization }: Stage, report: Report): void {
  report(
    `A simulated WhatsApp runs at ${simulator.url}`,
    `It speaks WhatsApp's protocol, encryption included. ${ada.name} (${ada.phone}) is on it, with ${ada.devices} devices.`,
  );
  report(`The gateway runs at ${gatewayUrl}`, 'Its store is in a temporary folder.');
  report(`The organization "${organization}" has an api key that may read, send and manage.`);
}

async function create(caller: Caller, report: Report): Promise<string> {
  const { id } = await caller.call('POST', '/api/v1/sessions', SessionSchema, { label: 'demo', start: true });
  report('POST /api/v1/sessions → 201', `Session ${id} waits for a phone to link it.`);
  return id;
}

async function link(caller: Caller, session: string, { simulator }: Stage, report: Report): Promise<void> {
  const path = `/api/v1/sessions/${session}`;
  const qr = await qrOf(caller, session);
  report(`GET ${path}/qr → 200`, 'A QR code to scan, as text; with Accept: image/png it is a picture.');
  await simulator.scanQr(qr, ownPhone);
  await untilConnected(caller, session);
  report(`The simulated phone ${ownPhone} scanned it`, `GET ${path} → 200, status "connected".`);
}

async function send(caller: Caller, session: string, stage: Stage, report: Report): Promise<Sent> {
  const startedAt = performance.now();
  const sent = await post(caller, session, stage);
  const tookMs = Math.round(performance.now() - startedAt);
  report(
    `POST /api/v1/sessions/${session}/messages → 200 after ${tookMs} ms`,
    `"${text}" to ${stage.ada.name}: status "${sent.status}", WhatsApp id ${sent.waMessageId}`,
    'The answer was held back until WhatsApp had acknowledged the message.',
  );
  return sent;
}

function post(caller: Caller, session: string, { ada }: Stage): Promise<Sent> {
  const message = { to: ada.jid, type: 'text', text };
  const path = `/api/v1/sessions/${session}/messages`;
  return caller.call('POST', path, SentSchema, message, { 'idempotency-key': idempotencyKey });
}

async function arrive(id: string, { simulator: { ledger }, ada }: Stage, report: Report): Promise<void> {
  const decrypted = () => ledger.deliveries({ to: ada.phone, id });
  await ledger.waitFor(() => decrypted().length === ada.devices);
  report(
    `${ada.name}'s devices decrypted the message with that id`,
    ...decrypted().map(({ device, text }) => `${device === 0 ? 'phone' : `linked device ${device}`}: "${text}"`),
    `The request names her number. WhatsApp takes messages to her at ${decrypted()[0]?.chat} only, so it went there.`,
  );
}

async function sendAgain(caller: Caller, session: string, stage: Stage, report: Report): Promise<void> {
  const { replayed, waMessageId } = await post(caller, session, stage);
  const { arrivals } = stage.simulator.ledger.tally(waMessageId);
  report(
    `The same POST again, with the same Idempotency-Key: ${idempotencyKey} → 200`,
    `"replayed": ${replayed}, WhatsApp id ${waMessageId}`,
    `Nothing more was sent: under that id WhatsApp got ${arrivals} message.`,
  );
}

async function answer(events: AsyncIterable<GatewayEvent>, id: string, { ada }: Stage, report: Report): Promise<void> {
  const answerId = await ada.sendText(ownPhone, adasAnswer);
  const statuses: unknown[] = [];
  let body: unknown;
  let chat: unknown;
  for await (const { event, payload } of events) {
    if (event === 'message.status' && payload['waMessageId'] === id) statuses.push(payload['status']);
    if (event === 'message' && payload['waMessageId'] === answerId)
      [body, chat] = [payload['body'], payload['chatJid']];
    if (statuses.includes('read') && body !== undefined) break;
  }
  report(
    `${ada.name} answered, and GET /api/v1/events told everything as it happened`,
    `message.status: ${statuses.join(', ')}`,
    `message: "${body}"`,
    `WhatsApp names her ${ada.lid} there; the event says ${chat}, as the send did.`,
  );
}
