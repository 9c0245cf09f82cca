import type { IncomingMessage } from 'node:http';
import type Router from '@koa/router';
import type * as v from 'valibot';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Access } from '../auth/route-access.ts';
import type { RequestState, RouteContext, Services } from '../context.ts';
import { type HeaderSchema, type Input, type Reads, readInput, type Schema } from '../request/input.ts';
import { toRouterPath } from '../request/paths.ts';

/** A second success status, for the answers that `when` picks out. */
interface AlternativeStatus<R extends Schema> {
  status: number;
  when: (answer: v.InferInput<R>) => boolean;
}

/** What a handler has beside what the request says. */
interface HandlerContext {
  requestId: string;
  traceId: string;
  setHeader: (name: string, value: string) => void;
  /** Lets the log tell which send the request was about. */
  noteSend: (outboxId: string) => void;
}

/** Another form of the same answer, given when the `Accept` header prefers its media type. */
type Representation<R extends Schema> = (answer: v.InferInput<R>) => Promise<string | Buffer>;

/** Bodies that can be sent and answers that can come, each under a name of one word. */
interface Examples<B, R> {
  body?: Readonly<Record<string, B>>;
  answer?: Readonly<Record<string, R>>;
}

interface RouteFacts<P extends Schema, Q extends Schema, H extends HeaderSchema, B extends Schema, R extends Schema> {
  /** Stable name: in the log, and the operation's id in the OpenAPI document. */
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path with parameters in braces: `/api/v1/sessions/{session}:start`. */
  path: string;
  /** One line for the reader of the API's documentation. */
  summary: string;
  /** What does not fit in that line: paragraphs, with an empty line in between. */
  description?: string;
  reads: Reads<P, Q, H, B>;
  /** The status of a success. */
  status: number;
  otherwise?: AlternativeStatus<R>;
  /** The JSON of a success; `v.undefined()` when there is none (204). */
  returns: R;
  pictures?: Record<string, Representation<R>>;
  /** What the handler may refuse with, beyond what any route with this access and these reads does. */
  refuses?: readonly ErrorCode[];
  examples?: Examples<v.InferInput<B>, v.InferInput<R>>;
}

interface Declaration<
  Known extends object,
  P extends Schema,
  Q extends Schema,
  H extends HeaderSchema,
  B extends Schema,
  R extends Schema,
> extends RouteFacts<P, Q, H, B, R> {
  /** Who may call it. */
  access: Access<Known>;
  /** Reads the body where JSON of the usual size is not all that is let in. */
  readBody?: (request: IncomingMessage) => Promise<object>;
  /** Turns the request into calls and their outcome into the answer's body; refusals are thrown. */
  handler: (
    input: Known & Input<P, Q, H, B> & HandlerContext,
    services: Services,
  ) => v.InferInput<R> | Promise<v.InferInput<R>>;
}

/** A declared route, with its types closed over: enough to serve it and to document it. */
export interface Route
  extends Pick<RouteFacts<Schema, Schema, HeaderSchema, Schema, Schema>, 'id' | 'method' | 'path' | 'summary'> {
  description: string | null;
  capabilities: Access<object>['capabilities'];
  credential: Access<object>['credential'];
  /** What this route refuses with beside what every route does. */
  refuses: readonly ErrorCode[];
  examples: Examples<unknown, unknown>;
  reads: Reads<Schema, Schema, HeaderSchema, Schema>;
  /** The JSON of a success, or the event that a stream consists of; null for an answer that is a text. */
  returns: Schema | null;
  /** All success statuses. */
  statuses: readonly number[];
  /** All media types of a success; JSON is the first if there is any. */
  mediaTypes: readonly string[];
  serve(ctx: RouteContext, services: Services): Promise<void>;
}

/**
 * Declares a route. A request passes, in this order: credential (401), capability (403), the credential's request
 * limit (429), session (404), requests in flight (429, 503), body (413, 415, 400), parameters and fields (400), handler.
 */
export function route<
  Known extends object,
  P extends Schema,
  Q extends Schema,
  H extends HeaderSchema,
  B extends Schema,
  R extends Schema,
>(declaration: Declaration<Known, P, Q, H, B, R>): Route {
  const { id, method, path, summary, description = null, access, reads, status, otherwise, returns } = declaration;
  const { pictures = {}, refuses = [], examples = {}, handler } = declaration;
  return {
    id,
    method,
    path,
    summary,
    description,
    capabilities: access.capabilities,
    credential: access.credential,
    refuses: [...access.refuses, ...refuses],
    examples,
    reads,
    returns,
    statuses: otherwise === undefined ? [status] : [status, otherwise.status],
    mediaTypes: ['application/json', ...Object.keys(pictures)],
    serve: async (ctx, services) => {
      ctx.state.route = id;
      const known = await access.admit(ctx, services);
      using _ = services.inFlight.enter(access.placesOf(known));
      const input = await readInput(ctx, reads, declaration.readBody);
      const answer = await handler({ ...known, ...input, ...answeringOf(ctx) }, services);
      ctx.status = otherwise?.when(answer) === true ? otherwise.status : status;
      await write(ctx, answer, pictures);
    },
  };
}

function answeringOf(ctx: RouteContext): HandlerContext {
  const { requestId, traceId } = ctx.state;
  return {
    requestId,
    traceId,
    setHeader: (name, value) => ctx.set(name, value),
    noteSend: (outboxId) => {
      ctx.state.outboxId = outboxId;
    },
  };
}

/** Puts a route on a router. */
export function mount(router: Router<RequestState>, declared: Route, services: Services): void {
  router.register(toRouterPath(declared.path), [declared.method], (ctx) => declared.serve(ctx, services));
}

async function write<A>(
  ctx: RouteContext,
  answer: A,
  pictures: Record<string, (answer: A) => Promise<string | Buffer>>,
): Promise<void> {
  if (answer === undefined) {
    ctx.body = null;
    return;
  }
  const mediaTypes = Object.keys(pictures);
  if (mediaTypes.length > 0) ctx.vary('Accept');
  const wanted = ctx.accepts('application/json', ...mediaTypes);
  const draw = typeof wanted === 'string' ? pictures[wanted] : undefined;
  ctx.body = draw === undefined ? JSON.stringify(answer) : await draw(answer);
  ctx.type = draw === undefined ? 'json' : String(wanted);
}
