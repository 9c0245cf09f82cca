import { publicAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import type { Route } from './route.ts';

interface Declaration {
  id: string;
  path: string;
  summary: string;
  mediaType: string;
  /** Headers in place of the standard ones. */
  headers?: Readonly<Record<string, string>>;
  /** What is answered; asked for once, when somebody wants it for the first time. */
  text: () => string;
}

/** Declares a route for everybody whose answer is a text that does not change while the process lives. */
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
      // The same bytes for everybody, so that those who read slowly take no memory of their own.
      ctx.body = bytes;
    },
  };
}
