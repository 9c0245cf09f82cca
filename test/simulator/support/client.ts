import {
  type AuthenticationState,
  BufferJSON,
  type ConnectionState,
  DisconnectReason,
  initAuthCreds,
  makeWASocket,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import type { Simulator } from '../../../simulator/simulator.ts';

const logger = pino({ level: 'silent' });
/** A query still pending at the end of a test keeps the process alive for this long; Baileys' own default is 60 s. */
const QUERY_TIMEOUT_MS = 5000;

/** An authentication state in memory that stores copies, as real ones do. */
export function memoryAuth(): AuthenticationState {
  const stored = new Map<string, string>();
  return {
    creds: initAuthCreds(),
    keys: {
      get: (type, ids) => {
        const known = ids.filter((id) => stored.has(`${type}/${id}`));
        return Object.fromEntries(
          known.map((id) => [id, JSON.parse(stored.get(`${type}/${id}`) ?? '', BufferJSON.reviver)]),
        );
      },
      set: (data) => {
        for (const [type, values] of Object.entries(data)) {
          for (const [id, value] of Object.entries(values)) {
            if (value === null) stored.delete(`${type}/${id}`);
            else stored.set(`${type}/${id}`, JSON.stringify(value, BufferJSON.replacer));
          }
        }
      },
    },
  };
}

type Config = Partial<UserFacingSocketConfig>;
/** A simulator in this process or in another. */
type Target = Pick<Simulator, 'url' | 'rootKey' | 'scanQr'>;

/** A genuine Baileys socket on the simulator, with the library's defaults unless `config` says otherwise. */
export function connect(simulator: Target, auth: AuthenticationState, config: Config = {}): WASocket {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.rootKey, 'hex');
  const socket = makeWASocket({
    ...{ auth, logger, waWebSocketUrl: simulator.url, defaultQueryTimeoutMs: QUERY_TIMEOUT_MS },
    ...config,
  });
  socket.ev.on('creds.update', (changes) => Object.assign(auth.creds, changes));
  return socket;
}

/** Resolves with the first connection update, from now on, that matches. */
export function update(
  socket: WASocket,
  matches: (update: Partial<ConnectionState>) => boolean,
): Promise<Partial<ConnectionState>> {
  return new Promise((resolve) => {
    socket.ev.on('connection.update', (state) => {
      if (matches(state)) resolve(state);
    });
  });
}

/** Resolves with the code with which the connection closes. */
export async function closeCode(socket: WASocket): Promise<number | undefined> {
  const { lastDisconnect } = await update(socket, ({ connection }) => connection === 'close');
  const error = lastDisconnect?.error;
  return error !== undefined && 'output' in error ? error.output.statusCode : undefined;
}

/** Resolves with the QR code that the socket shows first. */
export async function shownQr(socket: WASocket): Promise<string> {
  const { qr } = await update(socket, (state) => state.qr !== undefined);
  return qr ?? '';
}

/** Connects with existing credentials and resolves once the client is logged in. */
export async function logIn(simulator: Target, auth: AuthenticationState, config: Config = {}): Promise<WASocket> {
  const socket = connect(simulator, auth, config);
  await update(socket, ({ connection }) => connection === 'open');
  return socket;
}

/** Links a fresh client by QR and logs it in. */
export async function linkedClient(
  simulator: Target,
  phone: string,
  config: Config = {},
): Promise<{ socket: WASocket; auth: AuthenticationState }> {
  const auth = memoryAuth();
  const first = connect(simulator, auth, config);
  const restart = closeCode(first);
  await simulator.scanQr(await shownQr(first), phone);
  if ((await restart) !== DisconnectReason.restartRequired) throw new Error('the client was not told to restart');
  return { socket: await logIn(simulator, auth, config), auth };
}

/** Sends a text and resolves with the id of the message, before any ack. */
export async function sendText(socket: WASocket, jid: string, text: string, messageId?: string): Promise<string> {
  const sent = await socket.sendMessage(jid, { text }, messageId === undefined ? {} : { messageId });
  return sent?.key.id ?? '';
}
