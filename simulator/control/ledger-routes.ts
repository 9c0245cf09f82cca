import Router from '@koa/router';
import { proto } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import type { DeliveryEntry } from '../ledger/entries.ts';
import { readQuery } from './read.ts';

const LARGEST_PAGE = 1000;
const DEFAULT_PAGE = 100;

const count = v.pipe(v.string(), v.digits('must be a whole number'), v.transform(Number));
const limit = v.optional(v.pipe(count, v.minValue(1), v.maxValue(LARGEST_PAGE)), String(DEFAULT_PAGE));
const text = v.optional(v.string());

const deliveryQuery = v.strictObject({ to: text, id: text, device: v.optional(count), limit });
const typingQuery = v.strictObject({ from: text, to: text, limit });
const stanzaQuery = v.strictObject({
  account: text,
  tag: text,
  id: text,
  direction: v.optional(v.picklist(['in', 'out'])),
  connection: v.optional(count),
  limit,
});

/** Lists contain the newest matching entries, oldest first; `dropped` is the number of entries no longer kept. */
export function ledgerRoutes({ ledger }: Commands): Router {
  const router = new Router({ prefix: '/control' });
  router.get('/deliveries', (context) => {
    const { limit: size, ...filter } = readQuery(context, deliveryQuery);
    context.body = { data: ledger.deliveries(filter).slice(-size).map(view), dropped: ledger.dropped };
  });
  router.get('/visible', (context) => {
    const { limit: size, ...filter } = readQuery(context, deliveryQuery);
    context.body = { data: ledger.visible(filter).slice(-size).map(view), dropped: ledger.dropped };
  });
  router.get('/messages/:id', (context) => {
    const id = context.params['id'] ?? '';
    context.body = { ...ledger.tally(id), ticks: ledger.ticks(id) };
  });
  router.get('/typing', (context) => {
    const { limit: size, ...filter } = readQuery(context, typingQuery);
    context.body = { data: ledger.typing(filter).slice(-size), dropped: ledger.dropped };
  });
  router.get('/signal', (context) => {
    context.body = ledger.signal;
  });
  router.get('/stanzas', (context) => {
    const { limit: size, ...filter } = readQuery(context, stanzaQuery);
    context.body = { data: ledger.stanzas(filter).slice(-size), dropped: ledger.dropped };
  });
  return router;
}

/** The protobuf as JSON: names for enums, base64 for bytes, strings for 64-bit numbers. */
function view(delivery: DeliveryEntry): object {
  const readable = { enums: String, bytes: String, longs: String };
  const message = proto.Message.toObject(proto.Message.fromObject(delivery.message), readable);
  return { ...delivery, message };
}
