import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { readBody } from './read.ts';

const LONGEST_WAIT_MS = 86_400_000;

const change = v.partial(
  v.strictObject({
    decrypt: v.boolean(),
    dedup: v.boolean(),
    fewPreKeys: v.boolean(),
    reachoutTimelock: v.pipe(v.number(), v.integer(), v.minValue(0)),
    newChatQuota: v.strictObject({ total: v.number(), used: v.number() }),
    confirmWithinMs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LONGEST_WAIT_MS)),
    answerPlaceholders: v.boolean(),
    otherHashes: v.boolean(),
  }),
);

export function settingsRoutes({ settings }: Commands): Router {
  const router = new Router({ prefix: '/control/settings' });
  router.get('/', (context) => {
    context.body = settings;
  });
  router.patch('/', (context) => {
    Object.assign(settings, readBody(context, change));
    context.body = settings;
  });
  return router;
}
