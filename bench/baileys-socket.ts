import {
  type AuthenticationState,
  Browsers,
  DisconnectReason,
  initAuthCreds,
  makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { scan, type WhatsApp } from './whatsapp.ts';

const logger = pino({ level: 'silent' });

/** Keys in memory: the cheapest store that a client of Baileys can have. */
function memoryAuth(): AuthenticationState {
  const stored = new Map<string, unknown>();
  const get = async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
    const values: { [id: string]: SignalDataTypeMap[T] } = {};
    for (const id of ids) Object.assign(values, stored.has(`${type} ${id}`) && { [id]: stored.get(`${type} ${id}`) });
    return values;
  };
  const set = (data: SignalDataSet): void => {
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries)) {
        if (value === null) stored.delete(`${type} ${id}`);
        else stored.set(`${type} ${id}`, value);
      }
    }
  };
  return { creds: initAuthCreds(), keys: { get, set } };
}

/** Links a number to the simulated WhatsApp, with the gateway's settings for Baileys, and logs it in. */
export async function linkedSocket(whatsapp: WhatsApp, phone: string): Promise<WASocket> {
  const auth = memoryAuth();
  for (;;) {
    const socket = makeWASocket({
      auth,
      logger,
      browser: Browsers.ubuntu('Chrome'),
      waWebSocketUrl: whatsapp.url,
      defaultQueryTimeoutMs: 15_000,
      keepAliveIntervalMs: 25_000,
      emitOwnEvents: false,
      markOnlineOnConnect: false,
      syncFullHistory: false,
      shouldSyncHistoryMessage: () => false,
    });
    if (await isOpened(socket, (qr) => scan(whatsapp, qr, phone))) return socket;
  }
}

/** False when WhatsApp requests a new connection, as after linking. */
function isOpened(socket: WASocket, onQr: (qr: string) => Promise<void>): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  socket.ev.on('connection.update', ({ qr, connection, lastDisconnect }) => {
    if (qr !== undefined) onQr(qr).catch(reject);
    if (connection === 'open') resolve(true);
    if (connection !== 'close') return;
    const { error } = lastDisconnect ?? {};
    const isRestart =
      error !== undefined && 'output' in error && hasCode(error.output, DisconnectReason.restartRequired);
    if (isRestart) resolve(false);
    else reject(error ?? new Error('the connection was closed'));
  });
  return promise;
}

function hasCode(output: unknown, code: number): boolean {
  return typeof output === 'object' && output !== null && 'statusCode' in output && output.statusCode === code;
}
