import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { streamErrorCode } from '../faults/rule.ts';
import { readBody } from './read.ts';

const disconnection = v.strictObject({
  account: v.string(),
  how: v.union([v.picklist(['reset', 'close']), v.strictObject({ streamError: streamErrorCode })]),
});
const taking = v.strictObject({ count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)) });
const unlinking = v.strictObject({ account: v.string() });
const outdated = v.strictObject({ type: v.picklist(['groups']) });

export function connectionRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control' });
  router.get('/connections', (context) => {
    context.body = { data: commands.connections() };
  });
  router.get('/clients/:phone', (context) => {
    context.body = { data: commands.clients(context.params['phone'] ?? '') };
  });
  router.post('/clients/:phone/take-prekeys', (context) => {
    commands.takePreKeys(context.params['phone'] ?? '', readBody(context, taking).count);
    context.status = 204;
  });
  router.post('/disconnect', (context) => {
    const { account, how } = readBody(context, disconnection);
    commands.disconnect(account, how);
    context.status = 204;
  });
  router.post('/unlink', (context) => {
    commands.unlink(readBody(context, unlinking).account);
    context.status = 204;
  });
  router.post('/clients/:phone/dirty', (context) => {
    commands.tellDirty(context.params['phone'] ?? '', readBody(context, outdated).type);
    context.status = 204;
  });
  return router;
}
