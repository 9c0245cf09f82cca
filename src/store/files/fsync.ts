import { open } from 'node:fs/promises';

// By the handles of node:fs/promises: Node's permission model takes `fsync` of node:fs away, and these not.

/** Writes a new file that only its owner can read; it is on the disk when this resolves. Rejects when there is one. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}

/** Puts what was written to a file, or the names in a directory, on the disk: a new name lasts only then. */
export async function flush(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
