import * as v from 'valibot';
import type { SessionService, SessionView } from '../../actors/api/session-service.ts';
import { unwrap } from '../../domain/errors.ts';
import { defaultSettings, SessionSettingsSchema } from '../../domain/session.ts';
import { organizationAccess, sessionAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { PageQuerySchema, pageOf, toPage } from '../request/pagination.ts';
import { presentSession } from '../response/present.ts';
import { SessionSchema } from '../response/session-schema.ts';
import { route } from '../routing/route.ts';
import { aNewSession, aSession } from './examples.ts';

const { label, autoRead, presenceTyping, ratePerMin, rateBurst, ratePerHour } = SessionSettingsSchema.entries;

const CreateSessionSchema = v.strictObject({
  label: v.optional(label, defaultSettings.label),
  autoRead: v.optional(autoRead, defaultSettings.autoRead),
  presenceTyping: v.optional(presenceTyping, defaultSettings.presenceTyping),
  start: v.optional(v.boolean(), false),
});

const UpdateSessionSchema = v.pipe(
  v.strictObject({
    label: v.exactOptional(label),
    autoRead: v.exactOptional(autoRead),
    presenceTyping: v.exactOptional(presenceTyping),
    ratePerMin: v.exactOptional(ratePerMin),
    rateBurst: v.exactOptional(rateBurst),
    ratePerHour: v.exactOptional(ratePerHour),
  }),
  v.check(
    (changes) => Object.keys(changes).length > 0,
    `must have at least one of ${Object.keys(SessionSettingsSchema.entries).join(', ')}`,
  ),
);

/** A session with its queue length and tokens. */
async function presented(sessions: SessionService, session: SessionView) {
  return presentSession(session, await sessions.load(session.record));
}

export const listSessions = route({
  id: 'listSessions',
  method: 'GET',
  path: '/api/v1/sessions',
  summary: "List the organization's sessions, oldest first",
  access: organizationAccess('read', 'manage'),
  reads: { ...nothing, query: PageQuerySchema },
  status: 200,
  returns: pageOf(SessionSchema),
  examples: { answer: { page: { data: [aSession], nextCursor: null } } },
  handler: async ({ principal, query: { limit, cursor } }, { sessions }) => {
    const page = { limit: limit + 1, ...(cursor !== undefined && { after: cursor }) };
    const found = await sessions.list(principal.organization, page);
    return toPage(await Promise.all(found.map((session) => presented(sessions, session))), limit);
  },
});

export const createSession = route({
  id: 'createSession',
  method: 'POST',
  path: '/api/v1/sessions',
  summary: 'Create a session, and start linking it when start is true',
  access: organizationAccess('manage'),
  reads: { ...nothing, body: CreateSessionSchema },
  status: 201,
  returns: SessionSchema,
  refuses: ['conflict'],
  examples: { body: { session: { label: 'support', start: true } }, answer: { session: aNewSession } },
  handler: async ({ principal, body: { start, ...given } }, { sessions }) =>
    presented(
      sessions,
      unwrap(
        await sessions.create({
          organization: principal.organization,
          createdBy: principal.subject,
          settings: { ...defaultSettings, ...given },
          start,
        }),
      ),
    ),
});

export const getSession = route({
  id: 'getSession',
  method: 'GET',
  path: '/api/v1/sessions/{session}',
  summary: 'Get a session',
  access: sessionAccess('read', 'manage'),
  reads: nothing,
  status: 200,
  returns: SessionSchema,
  examples: { answer: { session: aSession } },
  handler: ({ session }, { sessions }) => presented(sessions, session),
});

export const updateSession = route({
  id: 'updateSession',
  method: 'PATCH',
  path: '/api/v1/sessions/{session}',
  summary: 'Change the settings of a session; omitted settings stay as they are',
  access: sessionAccess('manage'),
  reads: { ...nothing, body: UpdateSessionSchema },
  status: 200,
  returns: SessionSchema,
  examples: { body: { rates: { ratePerMin: 30, rateBurst: 10, ratePerHour: 900 } }, answer: { session: aSession } },
  handler: async ({ address, body }, { sessions }) => presented(sessions, unwrap(await sessions.update(address, body))),
});

export const deleteSession = route({
  id: 'deleteSession',
  method: 'DELETE',
  path: '/api/v1/sessions/{session}',
  summary: 'Delete a session and its stored data; log out first to unlink it from the phone',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 204,
  returns: v.undefined(),
  refuses: ['conflict'],
  handler: async ({ principal, address, requestId }, { sessions, audit }) => {
    unwrap(await sessions.delete(address));
    audit.record({ audit: 'session.deleted', by: principal, ...address }, requestId);
    return undefined;
  },
});

export const startSession = route({
  id: 'startSession',
  method: 'POST',
  path: '/api/v1/sessions/{session}:start',
  summary: 'Start a session',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: SessionSchema,
  refuses: ['conflict'],
  examples: { answer: { session: { ...aSession, status: 'connecting' } } },
  handler: async ({ address }, { sessions }) => presented(sessions, unwrap(await sessions.start(address))),
});

export const stopSession = route({
  id: 'stopSession',
  method: 'POST',
  path: '/api/v1/sessions/{session}:stop',
  summary: 'Stop a session; it disconnects and stays linked',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: SessionSchema,
  refuses: ['conflict'],
  examples: { answer: { session: { ...aSession, status: 'stopped' } } },
  handler: async ({ address }, { sessions }) => presented(sessions, unwrap(await sessions.stop(address))),
});

export const logoutSession = route({
  id: 'logoutSession',
  method: 'POST',
  path: '/api/v1/sessions/{session}:logout',
  summary: 'Log out a session: unlink it from its phone; it can be linked again',
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: SessionSchema,
  refuses: ['conflict'],
  examples: { answer: { session: { ...aNewSession, status: 'logged_out', reason: 'unlinked' } } },
  handler: async ({ principal, address, requestId }, { sessions }) =>
    presented(sessions, unwrap(await sessions.logout(address, { by: principal, requestId }))),
});
