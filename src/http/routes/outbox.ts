import * as v from 'valibot';
import type { SendService } from '../../actors/api/send-service.ts';
import { GatewayError, unwrap } from '../../domain/errors.ts';
import { UlidSchema } from '../../domain/id-schemas.ts';
import { firstUlidOf } from '../../domain/ids.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { sessionAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { PageQuerySchema, pageOf, toPage } from '../request/pagination.ts';
import { TimeParameterSchema } from '../request/validate.ts';
import { OutboxEntrySchema, presentOutboxEntry } from '../response/present-outbox.ts';
import { route } from '../routing/route.ts';
import { anOutboxEntry } from './examples.ts';

const oneEntry = { ...nothing, params: v.strictObject({ outboxId: v.string() }) };

export const listOutbox = route({
  id: 'listOutbox',
  method: 'GET',
  path: '/api/v1/sessions/{session}/outbox',
  summary: "List the session's sends with their status, oldest first",
  access: sessionAccess('read', 'send'),
  reads: {
    ...nothing,
    query: v.strictObject({
      ...PageQuerySchema.entries,
      since: v.optional(
        v.pipe(TimeParameterSchema, v.description('Only sends accepted at this time or later, in epoch milliseconds.')),
      ),
    }),
  },
  status: 200,
  returns: pageOf(OutboxEntrySchema),
  examples: { answer: { page: { data: [anOutboxEntry], nextCursor: null } } },
  handler: async ({ address, query: { limit, cursor, since } }, { sends }) => {
    const after = cursor ?? (since === undefined ? undefined : firstUlidOf(since));
    const page = { limit: limit + 1, ...(after !== undefined && { after }) };
    const { data, nextCursor } = toPage(await sends.list(address, page), limit);
    return { data: data.map(presentOutboxEntry), nextCursor };
  },
});

export const getOutboxEntry = route({
  id: 'getOutboxEntry',
  method: 'GET',
  path: '/api/v1/sessions/{session}/outbox/{outboxId}',
  summary: 'Get a send with its status',
  access: sessionAccess('read', 'send'),
  reads: oneEntry,
  status: 200,
  returns: OutboxEntrySchema,
  examples: { answer: { entry: anOutboxEntry } },
  handler: async ({ address, params }, { sends }) => presentOutboxEntry(await found(sends, address, params.outboxId)),
});

export const cancelOutboxEntry = route({
  id: 'cancelOutboxEntry',
  method: 'DELETE',
  path: '/api/v1/sessions/{session}/outbox/{outboxId}',
  summary: 'Cancel a send that is still queued',
  access: sessionAccess('send'),
  reads: oneEntry,
  status: 204,
  returns: v.undefined(),
  refuses: ['conflict'],
  handler: async ({ address, params }, { sends }) => {
    const { id } = await found(sends, address, params.outboxId);
    unwrap(await sends.cancel(address, id));
    return undefined;
  },
});

async function found(sends: SendService, address: SessionAddress, outboxId: string): Promise<OutboxRow> {
  const row = v.is(UlidSchema, outboxId) ? await sends.find(address, outboxId) : null;
  if (row === null) throw new GatewayError({ code: 'not_found', message: 'outbox entry not found' });
  return row;
}
