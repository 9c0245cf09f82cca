import { type Commands, createCommands } from './api/commands.ts';
import { createControlApp } from './control/app.ts';
import { createNetwork } from './network.ts';
import { listen, WEBSOCKET_PATH } from './server/server.ts';
import { readState } from './state/state.ts';

export interface SimulatorOptions {
  /** Address to bind to. Default: 127.0.0.1. The control API has no authentication. */
  readonly host?: string | undefined;
  /** Default: 0, any free port. */
  readonly port?: number | undefined;
  /** The number of ledger entries that are kept. Default: 100 000. */
  readonly ledgerSize?: number | undefined;
  /** See `Settings`. Default: true. False is for load tests. */
  readonly decrypt?: boolean | undefined;
  /** See `Settings`. Default: false. */
  readonly dedup?: boolean | undefined;
  /** See `Settings`. Default: false. */
  readonly fewPreKeys?: boolean | undefined;
  /** See `Settings`. Default: 3 001 000, as on the real service. */
  readonly confirmWithinMs?: number | undefined;
  /** See `Settings`. Default: true. */
  readonly answerPlaceholders?: boolean | undefined;
  /** The result of `save` of an earlier simulator, which this one continues. */
  readonly state?: string | undefined;
}

/** A running simulated WhatsApp. Disposing of it closes it. */
export interface Simulator extends Commands, AsyncDisposable {
  /** WebSocket address for clients: the gateway's WHATSAPP_URL, Baileys' `waWebSocketUrl`. */
  readonly url: string;
  /** Root public key of the certificate chain in hex: the gateway's WHATSAPP_ROOT_KEY, Baileys' `WA_CERT_DETAILS`. */
  readonly rootKey: string;
  /** URL of the HTTP control API. */
  readonly controlUrl: string;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

const DEFAULT_LEDGER_SIZE = 100_000;
const UNRESTRICTED = { reachoutTimelock: 0, newChatQuota: { total: -1, used: 0 } };
const DEFAULT_CONFIRM_WITHIN_MS = 3_001_000;

/** Starts a simulated WhatsApp. Rejects when the port is taken, with `validation_error` when the state is invalid. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, ledgerSize = DEFAULT_LEDGER_SIZE } = options;
  const { decrypt = true, dedup = false, fewPreKeys = false } = options;
  const { confirmWithinMs = DEFAULT_CONFIRM_WITHIN_MS, answerPlaceholders = true } = options;
  const state = options.state === undefined ? undefined : readState(options.state);
  const settings = { ...UNRESTRICTED, decrypt, dedup, fewPreKeys, confirmWithinMs, answerPlaceholders };
  const network = createNetwork(ledgerSize, settings, state);
  const commands = createCommands(network, state?.contacts);
  const server = await listen(network, createControlApp(commands, network.media).callback(), host, port);
  const close = async () => {
    await server.close();
    await network.background.close();
    network.ledger.close();
  };
  const authority = `${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  return {
    ...commands,
    url: `ws://${authority}${WEBSOCKET_PATH}`,
    rootKey: network.identity.root.public.toString('hex'),
    controlUrl: `http://${authority}/control`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
