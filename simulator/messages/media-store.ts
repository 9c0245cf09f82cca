import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { getMediaKeys } from '@whiskeysockets/baileys';
import { type LruMap, lruMap } from '../lru-map.ts';

const LARGEST_COUNT = 1000;
const KEY_BYTES = 32;
const MAC_BYTES = 10;

/** What a message says about a file. */
export interface StoredFile {
  readonly directPath: string;
  readonly mediaKey: Buffer;
  readonly fileSha256: Buffer;
  readonly fileEncSha256: Buffer;
  readonly fileLength: number;
}

/** The encrypted files on WhatsApp's media servers, by path. */
export class MediaStore {
  readonly #files: LruMap<Buffer> = lruMap(LARGEST_COUNT);

  /** Encrypts a history as a phone does, and stores it. */
  async addHistory(content: Buffer): Promise<StoredFile> {
    const mediaKey = randomBytes(KEY_BYTES);
    const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, 'md-msg-hist');
    if (macKey === undefined) throw new Error('Baileys derived no key for the authentication of the file');
    const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
    const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
    const mac = createHmac('sha256', macKey).update(iv).update(encrypted).digest().subarray(0, MAC_BYTES);
    const file = Buffer.concat([encrypted, mac]);
    const directPath = `/v/t62.7118-24/${randomBytes(KEY_BYTES / 2).toString('hex')}`;
    this.#files.set(directPath, file);
    return {
      directPath,
      mediaKey,
      fileSha256: createHash('sha256').update(content).digest(),
      fileEncSha256: createHash('sha256').update(file).digest(),
      fileLength: content.length,
    };
  }

  get(path: string): Buffer | undefined {
    return this.#files.get(path);
  }
}
