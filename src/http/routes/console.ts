import { GatewayError } from '../../domain/errors.ts';
import { publicAccess } from '../auth/route-access.ts';
import { buildConsole, type Console } from '../console/build.ts';
import { nothing } from '../request/input.ts';
import { unknownPath } from '../request/paths.ts';
import { contentSecurityPolicy } from '../response/csp.ts';
import type { Route } from '../routing/route.ts';

/**
 * Scripts, styles and requests are limited to files of this origin, and strings become HTML only through the two named
 * policies (Trusted Types).
 */
const policy = contentSecurityPolicy(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html statechart',
);

/** The path contains a hash of the content, so it never changes. */
const immutable = 'public, max-age=31536000, immutable';

const publicPage = {
  method: 'GET',
  description: null,
  capabilities: publicAccess.capabilities,
  credential: publicAccess.credential,
  examples: {},
  returns: null,
  statuses: [200],
} as const;

let built: Promise<Console> | undefined;

/** Built at the first request; after a failure, again at the next one. */
function consoleOnce(): Promise<Console> {
  built ??= buildConsole().catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
}

/** The console's page. It is public: all data comes from the API. */
export const getConsole: Route = {
  ...publicPage,
  id: 'getConsole',
  path: '/console',
  summary: 'Get the console, a web page to watch and operate sessions',
  refuses: publicAccess.refuses,
  reads: nothing,
  mediaTypes: ['text/html'],
  serve: async (ctx) => {
    ctx.state.route = 'getConsole';
    const { page } = await consoleOnce();
    ctx.set('Content-Security-Policy', policy);
    ctx.type = 'text/html';
    ctx.body = page;
  },
};

/** The scripts, styles and images of that page. */
export const getConsoleAsset: Route = {
  ...publicPage,
  id: 'getConsoleAsset',
  path: '/console/{build}/{asset}',
  summary: 'Get a script, style or image of the console',
  refuses: ['not_found'],
  reads: nothing,
  mediaTypes: ['text/javascript', 'text/css', 'image/svg+xml'],
  serve: async (ctx) => {
    ctx.state.route = 'getConsoleAsset';
    const { build, assets } = await consoleOnce();
    const asset = ctx.params['build'] === build ? assets.get(ctx.params['asset'] ?? '') : undefined;
    if (asset === undefined) throw new GatewayError(unknownPath);
    ctx.set('Cache-Control', immutable);
    ctx.vary('Accept-Encoding');
    ctx.type = asset.mediaType;
    if (ctx.acceptsEncodings('gzip') !== 'gzip') {
      ctx.body = asset.bytes;
      return;
    }
    ctx.set('Content-Encoding', 'gzip');
    ctx.body = asset.gzipped;
  },
};
