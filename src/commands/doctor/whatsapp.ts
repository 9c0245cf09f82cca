import { WebSocket } from 'ws';
import { skewFinding } from './clock.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** The server of linked numbers, and the origin that WhatsApp Web sends. */
const defaultUrl = 'wss://web.whatsapp.com/ws/chat';
const origin = 'https://web.whatsapp.com';

const timeoutMs = 7_000;

/** Advice by system error code. */
const adviceFor: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name cannot be resolved: check the name server of this machine.',
  EAI_AGAIN: 'The name server does not answer: check the network of this machine.',
  ECONNREFUSED: 'Nothing listens there: check WHATSAPP_URL, or the firewall.',
  ETIMEDOUT: 'No answer: open port 443 to it in the firewall.',
  CERT_HAS_EXPIRED: 'Check the clock of this machine, and whether a proxy intercepts TLS.',
  SELF_SIGNED_CERT_IN_CHAIN: 'A proxy intercepts TLS: exempt WhatsApp from it.',
};

/** Whether a WebSocket to WhatsApp can be opened; there is no login. */
export async function checkWhatsApp(url = defaultUrl): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const { host } = new URL(url);
  const socket = new WebSocket(url, { origin, handshakeTimeout: timeoutMs, perMessageDeflate: false });
  socket.once('open', () => resolve(ok(`${host} can be reached`)));
  socket.once('unexpected-response', (_, response) => {
    response.resume();
    resolve(
      failed(
        `${host} answers with HTTP ${response.statusCode} instead of a WebSocket`,
        'A proxy or a firewall may be in between; or WhatsApp has an outage.',
      ),
    );
  });
  socket.on('error', (error) => resolve(unreachable(host, error)));
  try {
    return await promise;
  } finally {
    socket.terminate();
  }
}

function unreachable(host: string, error: Error): Finding {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const advice = adviceFor[code] ?? 'Check the network, the firewall and the proxy of this machine.';
  return failed(`${host} cannot be reached: ${code === '' ? error.message : code}`, advice);
}

/** Whether the clock of this machine agrees with WhatsApp's. */
export async function checkClock(url = defaultUrl): Promise<Finding> {
  const asked = Date.now();
  const date = await dateAt(url.replace(/^ws/, 'http'));
  const answered = Date.now();
  if (date === null) {
    return warning(
      'WhatsApp did not tell its time',
      'Ensure that this machine synchronizes its clock with NTP (timedatectl).',
    );
  }
  // The header has whole seconds, so the time is half a second later on average.
  return skewFinding('WhatsApp', date + 500 - (asked + answered) / 2);
}

/** The time of a server by the `Date` header of any answer, in epoch milliseconds; null without one. */
async function dateAt(url: string): Promise<number | null> {
  const options = { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) } as const;
  const response = await fetch(url, options).catch(() => null);
  const date = Date.parse(response?.headers.get('date') ?? '');
  return Number.isNaN(date) ? null : date;
}
