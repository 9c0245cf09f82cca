import type * as v from 'valibot';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Access } from '../auth/route-access.ts';
import type { RouteContext } from '../context.ts';
import { type HeaderSchema, type Input, type Reads, readInput, type Schema } from '../request/input.ts';
import type { noBody } from '../request/validate.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

interface Declaration<Known extends object, Q extends Schema, H extends HeaderSchema> {
  id: string;
  path: string;
  summary: string;
  description: string;
  access: Access<Known>;
  reads: Reads<Schema, Q, H, typeof noBody>;
  status: number;
  mediaTypes: readonly string[];
  /** One event of the stream. */
  returns: v.GenericSchema;
  /** One event as it is on the wire. */
  example: string;
  /** Takes over the connection; resolves when it is closed, and throws only before anything was sent. */
  handler: (
    input: Known & Pick<Input<Schema, Q, H, Schema>, 'query' | 'headers'>,
    ctx: RouteContext,
    services: Services,
  ) => Promise<void>;
}

/** The organization has too many streams open. */
const streamRefusals: readonly ErrorCode[] = ['queue_full'];

/** Declares a GET route whose response is a stream. Requests are authenticated like those of any other route. */
export function streamRoute<Known extends object, Q extends Schema, H extends HeaderSchema>(
  declaration: Declaration<Known, Q, H>,
): Route {
  const { id, path, summary, description, example, access, reads, status, mediaTypes, returns, handler } = declaration;
  return {
    id,
    method: 'GET',
    path,
    summary,
    description,
    capabilities: access.capabilities,
    credential: access.credential,
    refuses: [...access.refuses, ...streamRefusals],
    examples: { answer: { event: example } },
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
