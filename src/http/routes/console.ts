import { GatewayError } from '../../domain/errors.ts';
import { publicAccess } from '../auth/route-access.ts';
import { buildConsole, type Console } from '../console/build.ts';
import { nothing } from '../request/input.ts';
import { unknownPath } from '../request/paths.ts';
import { contentSecurityPolicy } from '../response/csp.ts';
import type { Route } from '../routing/route.ts';

/**
 * Scripts and styles come from here and from files only, requests go here only, and what could become a script by
 * being put into the page must pass the two policies that the page names (Trusted Types).
 */
const policy = contentSecurityPolicy(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html statechart',
);

/** The same bytes for ever, as the address has their hash. */
const forEver = 'public, max-age=31536000, immutable';

const openToAll = {
  method: 'GET',
  description: null,
  capabilities: publicAccess.capabilities,
  credential: publicAccess.credential,
  examples: {},
  returns: null,
  statuses: [200],
} as const;

let built: Promise<Console> | undefined;

/** Built when somebody wants it for the first time; after a failure, when somebody wants it again. */
function theConsole(): Promise<Console> {
  built ??= buildConsole().catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
}

/** The console's page: it is for everybody, as all data comes over the API. */
export const getConsole: Route = {
  ...openToAll,
  id: 'getConsole',
  path: '/console',
  summary: 'The console, a page to watch and operate sessions',
  refuses: publicAccess.refuses,
  reads: nothing,
  mediaTypes: ['text/html'],
  serve: async (ctx) => {
    ctx.state.route = 'getConsole';
    const { page } = await theConsole();
    ctx.set('Content-Security-Policy', policy);
    ctx.type = 'text/html';
    ctx.body = page;
  },
};

/** What that page loads. */
export const getConsoleAsset: Route = {
  ...openToAll,
  id: 'getConsoleAsset',
  path: '/console/{build}/{asset}',
  summary: 'What the page of the console loads',
  refuses: ['not_found'],
  reads: nothing,
  mediaTypes: ['text/javascript', 'text/css', 'image/svg+xml'],
  serve: async (ctx) => {
    ctx.state.route = 'getConsoleAsset';
    const { build, assets } = await theConsole();
    const asset = ctx.params['build'] === build ? assets.get(ctx.params['asset'] ?? '') : undefined;
    if (asset === undefined) throw new GatewayError(unknownPath);
    ctx.set('Cache-Control', forEver);
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
