import type * as v from 'valibot';
import type { Access } from './access.ts';
import type { RouteContext, Services } from './context.ts';
import { type HeaderSchema, type Input, type Reads, readInput, type Schema } from './input.ts';
import type { Route } from './route.ts';
import type { noBody } from './validate.ts';

interface Declaration<Known extends object, Q extends Schema, H extends HeaderSchema> {
  id: string;
  path: string;
  summary: string;
  access: Access<Known>;
  reads: Reads<Schema, Q, H, typeof noBody>;
  status: number;
  mediaTypes: readonly string[];
  /** What the stream consists of. */
  returns: v.GenericSchema;
  /** Takes over the connection; resolves when it is gone, and throws only before anything was sent. */
  handler: (
    input: Known & Pick<Input<Schema, Q, H, Schema>, 'query' | 'headers'>,
    ctx: RouteContext,
    services: Services,
  ) => Promise<void>;
}

/** Declares a route whose answer lasts. It lets requests in like any other route, and is a GET. */
export function streamRoute<Known extends object, Q extends Schema, H extends HeaderSchema>(
  declaration: Declaration<Known, Q, H>,
): Route {
  const { id, path, summary, access, reads, status, mediaTypes, returns, handler } = declaration;
  return {
    id,
    method: 'GET',
    path,
    summary,
    capabilities: access.capabilities,
    reads,
    returns,
    statuses: [status],
    mediaTypes,
    serve: async (ctx, services) => {
      ctx.state.route = id;
      const known = await access.admit(ctx, services);
      const { query, headers } = await readInput(ctx, reads);
      await handler({ ...known, query, headers }, ctx, services);
    },
  };
}
