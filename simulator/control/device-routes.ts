import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { readBody } from './read.ts';

const notify = v.optional(v.boolean());
const id = v.pipe(v.number(), v.integer(), v.minValue(0));
const change = v.variant('action', [
  v.strictObject({ action: v.literal('add'), notify }),
  v.strictObject({ action: v.literal('remove'), device: id, notify }),
]);
const keys = v.strictObject({ device: id, code: v.nullable(v.picklist([0, 404, 406])) });
const preKeys = v.strictObject({ left: v.nullable(id) });
const asks = v.strictObject({ asks: v.union([v.literal('never'), id]) });
const retry = v.strictObject({ id: v.string(), author: v.string(), chat: v.optional(v.string()) });
const reinstallation = v.strictObject({ notify });
const hold = v.strictObject({ times: id });

/** The devices of contacts, and of the phones that clients are linked to. */
export function deviceRoutes(commands: Commands): Router {
  const router = new Router();
  const phone = (params: Record<string, string>) => commands.phone(params['phone'] ?? '');
  router.post(paths('devices'), (context) => {
    const body = readBody(context, change);
    const { notify: told } = body;
    if (body.action === 'remove') phone(context.params).removeDevice(body.device, { notify: told });
    context.body = body.action === 'add' ? { device: phone(context.params).addDevice({ notify: told }) } : {};
  });
  router.post(paths('reinstall'), (context) => {
    phone(context.params).reinstall(readBody(context, reinstallation));
    context.status = 204;
  });
  router.post(paths('keys'), (context) => {
    const { device, code } = readBody(context, keys);
    phone(context.params).setKeys(device, code ?? undefined);
    context.status = 204;
  });
  router.post(paths('prekeys'), (context) => {
    phone(context.params).limitPreKeys(readBody(context, preKeys).left ?? undefined);
    context.status = 204;
  });
  router.post(paths('asks'), (context) => {
    phone(context.params).asks(readBody(context, asks).asks);
    context.status = 204;
  });
  router.post(paths('retry-requests'), (context) => {
    const { id: message, author, chat } = readBody(context, retry);
    phone(context.params).requestRetry(message, author, chat);
    context.status = 204;
  });
  router.post(paths('hold'), (context) => {
    phone(context.params).holdBack(readBody(context, hold).times);
    context.status = 204;
  });
  router.post(paths('release'), (context) => {
    phone(context.params).releaseHeld();
    context.status = 204;
  });
  return router;
}

function paths(action: string): string[] {
  return ['contacts', 'phones'].map((kind) => `/control/${kind}/:phone/${action}`);
}
