import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { type InputType, inflate, type ZlibOptions } from 'node:zlib';
import { getMediaKeys, type proto } from '@whiskeysockets/baileys';

/** Parts of a history that are larger are not read: as they are sent, and inflated. */
const maxFileBytes = 16 * 1024 * 1024;
const maxInflatedBytes = 64 * 1024 * 1024;

const downloadTimeoutMs = 60_000;
const macBytes = 10;

/** WhatsApp's media servers; a message may name others, which are not asked. */
const mediaOrigin = 'https://mmg.whatsapp.net';

const inflateBounded = promisify(
  (bytes: InputType, options: ZlibOptions, done: (error: Error | null, result: Buffer) => void) =>
    inflate(bytes, options, done),
);

/**
 * The bytes of a `HistorySync`: what the notification contains, or the file that it names. Rejects when they are too large,
 * not what the notification says, or cannot be downloaded.
 * @param whatsappUrl of a simulator, which then is the media server, too
 */
export async function loadHistory(
  notification: proto.Message.IHistorySyncNotification,
  whatsappUrl: string | undefined,
): Promise<Buffer> {
  const payload = inlinePayload(notification);
  const compressed = payload.length > 0 ? payload : await download(notification, whatsappUrl);
  if (compressed.length > maxFileBytes) throw new Error('this part of the history is too large');
  return inflateBounded(compressed, { maxOutputLength: maxInflatedBytes });
}

/** Whether the notification contains the history, so that there is no file. */
export function isInline(notification: proto.Message.IHistorySyncNotification): boolean {
  return inlinePayload(notification).length > 0;
}

function inlinePayload({ initialHistBootstrapInlinePayload }: proto.Message.IHistorySyncNotification): Uint8Array {
  return initialHistBootstrapInlinePayload ?? new Uint8Array();
}

async function download(
  { directPath, mediaKey, fileEncSha256 }: proto.Message.IHistorySyncNotification,
  whatsappUrl: string | undefined,
): Promise<Buffer> {
  if (mediaKey == null || mediaKey.length === 0) throw new Error('a history without a key');
  const file = await fetchFile(historyUrl(directPath ?? '', whatsappUrl));
  if (fileEncSha256 != null && !createHash('sha256').update(file).digest().equals(fileEncSha256)) {
    throw new Error('a history with another digest');
  }
  return decrypt(file, Buffer.from(mediaKey));
}

/** Where a file is: always on WhatsApp's media servers, whatever the path contains. Throws when that is impossible. */
export function historyUrl(directPath: string, whatsappUrl: string | undefined): URL {
  const origin = whatsappUrl === undefined ? mediaOrigin : new URL(whatsappUrl.replace(/^ws/, 'http')).origin;
  if (!directPath.startsWith('/')) throw new Error('a history without a path');
  const url = new URL(origin);
  const [path = '', query = ''] = directPath.split('?', 2);
  url.pathname = path;
  url.search = query;
  return url;
}

async function fetchFile(url: URL): Promise<Buffer> {
  const signal = AbortSignal.timeout(downloadTimeoutMs);
  const response = await fetch(url, { redirect: 'error', headers: { origin: 'https://web.whatsapp.com' }, signal });
  if (!response.ok || response.body === null) throw new Error(`the media server answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > maxFileBytes) throw new Error('this part of the history is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** AES-256-CBC, followed by a truncated HMAC-SHA-256 over IV and ciphertext. */
async function decrypt(file: Buffer, mediaKey: Buffer): Promise<Buffer> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, 'md-msg-hist');
  const ciphertext = file.subarray(0, -macBytes);
  const mac = createHmac('sha256', macKey ?? '')
    .update(iv)
    .update(ciphertext)
    .digest();
  if (!mac.subarray(0, macBytes).equals(file.subarray(-macBytes))) throw new Error('a history with a wrong MAC');
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
