import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { OperatorError } from '../../domain/errors.ts';
import { MasterKeySchema } from '../../domain/master-key.ts';
import { flush, writeDurably } from '../files/fsync.ts';
import { type EncryptionKey, encryptionKey } from './cipher.ts';

/** The file of the master key, when MASTER_KEY is not set. */
export function keyFileIn(directory: string): string {
  return join(directory, 'master.key');
}

/** The file of the next master key during a rotation. */
export function nextKeyFileIn(directory: string): string {
  return join(directory, 'master.key.next');
}

/** The key in a file; null when there is no such file. Throws an `OperatorError` for anything else. */
export function readKeyFile(path: string): EncryptionKey | null {
  const text = readIfThere(path);
  if (text === null) return null;
  const parsed = v.safeParse(MasterKeySchema, text.trim());
  if (parsed.success) return encryptionKey(parsed.output);
  throw new OperatorError(`${path} does not hold a master key, which is 32 bytes in hex or base64.`);
}

/**
 * Creates a key file that only its owner can read, and yields its key: another process's when that was faster. The file
 * is durable when this resolves; a kill leaves none or a whole one.
 */
export async function makeKeyFile(directory: string, path: string): Promise<EncryptionKey> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeDurably(draft, `${randomBytes(32).toString('hex')}\n`);
    linkUnlessThere(draft, path);
    rmSync(draft);
    await flush(directory);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`The key file ${path} cannot be created: ${reason}.`, { cause: error });
  }
  const key = readKeyFile(path);
  if (key === null) throw new OperatorError(`The key file ${path} was removed while it was being created.`);
  return key;
}

/** Replaces one key file by another, durably. */
export async function moveKeyFile(directory: string, from: string, to: string): Promise<void> {
  renameSync(from, to);
  await flush(directory);
}

export async function removeKeyFile(directory: string, path: string): Promise<void> {
  rmSync(path, { force: true });
  await flush(directory);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`The key file ${path} cannot be read: ${reason}.`, { cause: error });
  }
}

function linkUnlessThere(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
