import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../commands.ts';
import { readBody } from './read.ts';

const change = v.strictObject({ decrypt: v.optional(v.boolean()), dedup: v.optional(v.boolean()) });

export function settingsRoutes({ settings }: Commands): Router {
  const router = new Router({ prefix: '/control/settings' });
  router.get('/', (context) => {
    context.body = settings;
  });
  router.patch('/', (context) => {
    const { decrypt = settings.decrypt, dedup = settings.dedup } = readBody(context, change);
    Object.assign(settings, { decrypt, dedup });
    context.body = settings;
  });
  return router;
}
