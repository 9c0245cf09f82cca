import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { readBody } from './read.ts';

const scan = v.strictObject({ qr: v.string(), phone: v.string() });
const code = v.strictObject({ code: v.string(), phone: v.string() });

/** Both answer 204 when the client is linked. */
export function pairingRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control' });
  router.post('/scan', async (context) => {
    const body = readBody(context, scan);
    await commands.scanQr(body.qr, body.phone);
    context.status = 204;
  });
  router.post('/pairing-code', async (context) => {
    const body = readBody(context, code);
    await commands.enterPairingCode(body.code, body.phone);
    context.status = 204;
  });
  return router;
}
