import type { Route } from '../routing/route.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import { getConsole, getConsoleAsset } from './console.ts';
import { lookUpContact } from './contacts.ts';
import { documentation } from './documentation.ts';
import { streamEvents } from './events.ts';
import { getGroup, joinGroup, listGroupMembers } from './groups.ts';
import { live, ready } from './health.ts';
import { getDefinition, inspectSession } from './inspection.ts';
import { createPairingCode, getQr } from './linking.ts';
import { editMessage, sendMessage } from './messages.ts';
import { metrics } from './metrics.ts';
import { cancelOutboxEntry, getOutboxEntry, listOutbox } from './outbox.ts';
import { assertPasskey, confirmPasskey, getPasskey } from './passkey.ts';
import { createTicket, openRealtime } from './realtime.ts';
import {
  createSession,
  deleteSession,
  getSession,
  listSessions,
  logoutSession,
  startSession,
  stopSession,
  updateSession,
} from './sessions.ts';

/** Every route of the gateway. */
export const routes: readonly Route[] = [
  live,
  ready,
  metrics,
  listSessions,
  createSession,
  getSession,
  updateSession,
  deleteSession,
  startSession,
  stopSession,
  logoutSession,
  getQr,
  createPairingCode,
  getPasskey,
  assertPasskey,
  confirmPasskey,
  getDefinition,
  inspectSession,
  sendMessage,
  editMessage,
  listOutbox,
  getOutboxEntry,
  cancelOutboxEntry,
  joinGroup,
  getGroup,
  listGroupMembers,
  lookUpContact,
  streamEvents,
  createTicket,
  openRealtime,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  getConsole,
  getConsoleAsset,
  ...documentation(() => routes),
];
