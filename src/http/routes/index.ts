import type { Route } from '../route.ts';
import { live, ready } from './health.ts';
import { createPairingCode, getQr } from './linking.ts';
import { sendMessage } from './messages.ts';
import {
  createSession,
  deleteSession,
  getSession,
  listSessions,
  logoutSession,
  startSession,
  stopSession,
} from './sessions.ts';

/** Every route of the gateway. */
export const routes: readonly Route[] = [
  live,
  ready,
  listSessions,
  createSession,
  getSession,
  deleteSession,
  startSession,
  stopSession,
  logoutSession,
  getQr,
  createPairingCode,
  sendMessage,
];
