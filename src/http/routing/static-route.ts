import { publicAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import type { Route } from './route.ts';

interface Declaration {
  id: string;
  path: string;
  summary: string;
  mediaType: string;
  /** They replace the standard ones. */
  headers?: Readonly<Record<string, string>>;
  /** The body; called once, at the first request. */
  text: () => string;
}

/** Declares a public route whose response never changes while the process runs. */
export function staticRoute({ id, path, summary, mediaType, headers = {}, text }: Declaration): Route {
  let bytes: Buffer | undefined;
  return {
    id,
    method: 'GET',
    path,
    summary,
    description: null,
    capabilities: publicAccess.capabilities,
    credential: publicAccess.credential,
    refuses: publicAccess.refuses,
    examples: {},
    reads: nothing,
    returns: null,
    statuses: [200],
    mediaTypes: [mediaType],
    serve: async (ctx) => {
      ctx.state.route = id;
      bytes ??= Buffer.from(text());
      ctx.set(headers);
      ctx.type = mediaType;
      // One buffer for all responses: slow readers hold no copies.
      ctx.body = bytes;
    },
  };
}
