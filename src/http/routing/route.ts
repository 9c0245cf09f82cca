import type { IncomingMessage } from 'node:http';
import type Router from '@koa/router';
import type * as v from 'valibot';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Access } from '../auth/route-access.ts';
import type { RequestState, RouteContext } from '../context.ts';
import { type HeaderSchema, type Input, type Reads, readInput, type Schema } from '../request/input.ts';
import { toRouterPath } from '../request/paths.ts';
import type { Services } from './services.ts';

/** A second success status, for the answers that `when` selects. */
interface AlternativeStatus<R extends Schema> {
  status: number;
  when: (answer: v.InferInput<R>) => boolean;
}

/** What a handler gets beside the request's input. */
interface HandlerContext {
  requestId: string;
  traceId: string;
  setHeader: (name: string, value: string) => void;
  /** Adds the send to the request's log line. */
  setOutboxId: (outboxId: string) => void;
}

/** Another representation of the same answer, used when the `Accept` header prefers its media type. */
type Representation<R extends Schema> = (answer: v.InferInput<R>) => Promise<string | Buffer>;

/** Example bodies and answers, each under a name of one word. */
interface Examples<B, R> {
  body?: Readonly<Record<string, B>>;
  answer?: Readonly<Record<string, R>>;
}

interface RouteFacts<P extends Schema, Q extends Schema, H extends HeaderSchema, B extends Schema, R extends Schema> {
  /** Stable: it is in the log, and the operation id in the OpenAPI document. */
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path with parameters in braces: `/api/v1/sessions/{session}:start`. */
  path: string;
  /** One line for the API documentation. */
  summary: string;
  /** Paragraphs separated by empty lines. */
  description?: string;
  reads: Reads<P, Q, H, B>;
  /** The status of a success. */
  status: number;
  alternative?: AlternativeStatus<R>;
  /** The JSON of a success; `v.undefined()` when there is none (204). */
  returns: R;
  /** Besides JSON, by media type. */
  representations?: Record<string, Representation<R>>;
  /** The handler's own error codes, beyond those that follow from the access and the input. */
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
  access: Access<Known>;
  /** Replaces the usual reading of a JSON body of limited size. */
  readBody?: (request: IncomingMessage) => Promise<object>;
  /** Returns the answer's body; refusals are thrown. */
  handler: (
    input: Known & Input<P, Q, H, B> & HandlerContext,
    services: Services,
  ) => v.InferInput<R> | Promise<v.InferInput<R>>;
}

/** A declared route without its type parameters: enough to serve it and to document it. */
export interface Route
  extends Pick<RouteFacts<Schema, Schema, HeaderSchema, Schema, Schema>, 'id' | 'method' | 'path' | 'summary'> {
  description: string | null;
  capabilities: Access<object>['capabilities'];
  credential: Access<object>['credential'];
  /** Error codes of this route beyond those of every route. */
  refuses: readonly ErrorCode[];
  examples: Examples<unknown, unknown>;
  reads: Reads<Schema, Schema, HeaderSchema, Schema>;
  /** The JSON of a success, or one event of a stream; null for an answer in another media type. */
  returns: Schema | null;
  /** All success statuses. */
  statuses: readonly number[];
  /** All media types of a success; JSON comes first if it is one of them. */
  mediaTypes: readonly string[];
  serve(ctx: RouteContext, services: Services): Promise<void>;
}

/**
 * Declares a route. The checks run in this order: credential (401), capability (403), rate limit of the credential
 * (429), session (404), requests in flight (429, 503), body (413, 415, 400), parameters and fields (400), handler.
 */
export function route<
  Known extends object,
  P extends Schema,
  Q extends Schema,
  H extends HeaderSchema,
  B extends Schema,
  R extends Schema,
>(declaration: Declaration<Known, P, Q, H, B, R>): Route {
  const { id, method, path, summary, description = null, access, reads, status, alternative, returns } = declaration;
  const { representations = {}, refuses = [], examples = {}, handler } = declaration;
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
    statuses: alternative === undefined ? [status] : [status, alternative.status],
    mediaTypes: ['application/json', ...Object.keys(representations)],
    serve: async (ctx, services) => {
      ctx.state.route = id;
      const known = await access.admit(ctx, services);
      using _ = services.concurrencyLimit.enter(access.limitScopesOf(known));
      const input = await readInput(ctx, reads, declaration.readBody);
      const answer = await handler({ ...known, ...input, ...handlerContextOf(ctx) }, services);
      ctx.status = alternative?.when(answer) === true ? alternative.status : status;
      await write(ctx, answer, representations);
    },
  };
}

function handlerContextOf(ctx: RouteContext): HandlerContext {
  const { requestId, traceId } = ctx.state;
  return {
    requestId,
    traceId,
    setHeader: (name, value) => ctx.set(name, value),
    setOutboxId: (outboxId) => {
      ctx.state.outboxId = outboxId;
    },
  };
}

/** Registers a route with a router. */
export function mount(router: Router<RequestState>, declared: Route, services: Services): void {
  router.register(toRouterPath(declared.path), [declared.method], (ctx) => declared.serve(ctx, services));
}

async function write<A>(
  ctx: RouteContext,
  answer: A,
  representations: Record<string, (answer: A) => Promise<string | Buffer>>,
): Promise<void> {
  if (answer === undefined) {
    ctx.body = null;
    return;
  }
  const mediaTypes = Object.keys(representations);
  if (mediaTypes.length > 0) ctx.vary('Accept');
  const preferred = ctx.accepts('application/json', ...mediaTypes);
  const represent = typeof preferred === 'string' ? representations[preferred] : undefined;
  ctx.body = represent === undefined ? JSON.stringify(answer) : await represent(answer);
  ctx.type = represent === undefined ? 'json' : String(preferred);
}
