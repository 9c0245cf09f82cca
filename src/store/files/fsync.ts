import { open } from 'node:fs/promises';

// Uses the handles of node:fs/promises: Node's permission model forbids `fsync` of node:fs, but not these.

/** Writes a new file that only its owner can read; it is durable when this resolves. Rejects when it exists. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}

/** Makes the content of a file, or the names in a directory, durable. */
export async function flush(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
