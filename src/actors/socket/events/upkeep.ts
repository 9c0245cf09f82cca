import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts } from '../../../domain/errors.ts';
import type { Guarded } from '../connection-context.ts';
import { HistoryReader, isFirstLogin } from '../history/history-reader.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { isLowStockNotice, PreKeyStock } from '../signal/pre-key-stock.ts';
import { PrivacyTokens } from '../signal/privacy-tokens.ts';
import type { SocketDeps } from '../socket-deps.ts';

export interface UpkeepDeps extends Pick<SocketDeps, 'now' | 'clock' | 'readsHistory' | 'whatsappUrl'> {
  auth: StoredAuth;
  logger: Logger;
  guarded: Guarded;
}

/** What sends need of it. */
export interface Upkeep {
  tokens: PrivacyTokens;
  /** Resolves when the tokens that came with linking are stored, or are not waited for any more. */
  firstTokens: Promise<void>;
}

/** Keeps what later messages need: privacy tokens, LIDs of numbers, and prekeys on the server. */
export function startUpkeep(socket: WASocket, deps: UpkeepDeps): Upkeep {
  const { auth, now, logger, guarded } = deps;
  keepPreKeys(socket, deps);
  const tokens = new PrivacyTokens(auth.signal, socket.signalRepository.lidMapping, now);
  if (!deps.readsHistory) return { tokens, firstTokens: Promise.resolve() };
  const onFailure = (error: unknown) => {
    if (socket.ws.isOpen) logger.warn(errorFacts(error), 'history could not be read');
  };
  const reader = new HistoryReader(
    { ...deps, socket, keys: auth.signal, tokens, onFailure },
    isFirstLogin(auth.state.creds),
  );
  socket.ev.on(
    'messages.upsert',
    guarded(({ messages }) => {
      for (const message of messages) reader.onMessage(message);
    }),
  );
  return { tokens, firstTokens: reader.firstPart };
}

function keepPreKeys(socket: WASocket, { logger, guarded }: UpkeepDeps): void {
  const stock = new PreKeyStock(socket, (error) => logger.warn(errorFacts(error), 'prekeys could not be uploaded'));
  socket.ev.on(
    'connection.update',
    guarded(({ connection }) => {
      if (connection === 'open') stock.check();
    }),
  );
  socket.ws.on(
    'CB:notification,type:encrypt',
    guarded((node: BinaryNode) => {
      if (isLowStockNotice(node)) stock.check();
    }),
  );
}
