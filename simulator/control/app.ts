import { bodyParser } from '@koa/bodyparser';
import Koa from 'koa';
import type { Commands } from '../api/commands.ts';
import type { MediaStore } from '../messages/media-store.ts';
import { connectionRoutes } from './connection-routes.ts';
import { contactRoutes } from './contact-routes.ts';
import { deviceRoutes } from './device-routes.ts';
import { answerErrors, answerUnknownPaths } from './errors.ts';
import { faultRoutes } from './fault-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { pairingRoutes } from './pairing-routes.ts';
import { phoneRoutes } from './phone-routes.ts';
import { settingsRoutes } from './settings-routes.ts';
import { stanzaRoutes } from './stanza-routes.ts';

/** A QR code is about 250 bytes, and a text on WhatsApp at most 64 kB. */
const LARGEST_BODY = '128kb';

const ROUTES = [
  pairingRoutes,
  contactRoutes,
  phoneRoutes,
  stanzaRoutes,
  deviceRoutes,
  groupRoutes,
  ledgerRoutes,
  connectionRoutes,
  faultRoutes,
  settingsRoutes,
];

/** The HTTP control API: the commands of the library API, for other processes. Beside it the files of the media servers. */
export function createControlApp(commands: Commands, media: Pick<MediaStore, 'get'>): Koa {
  const app = new Koa();
  // Koa would print errors of request handlers; they are in the response, and a library does not print.
  app.silent = true;
  app.use(answerErrors);
  // Only JSON: a page in a browser cannot send that type to another origin without a preflight.
  app.use(bodyParser({ enableTypes: ['json'], jsonLimit: LARGEST_BODY }));
  for (const routes of ROUTES) app.use(routes(commands).routes());
  app.use(async (context, next) => {
    const file = context.method === 'GET' ? media.get(context.path) : undefined;
    if (file === undefined) return next();
    context.body = file;
  });
  app.use(answerUnknownPaths);
  return app;
}
