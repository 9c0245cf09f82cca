import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as v from 'valibot';
import { OperatorError } from '../../domain/errors.ts';
import { currentSchema, firstEncryptedSchema } from '../engine/sqlite/schema.ts';
import { jsonCodec } from '../records/codec.ts';

/** The files of a backup, in a folder of its own. */
export const storeName = 'troupe.db';
export const manifestName = 'backup.json';

const ManifestSchema = v.object({
  format: v.literal(1),
  /** The moment of the copy, in epoch milliseconds. */
  takenAt: v.number(),
  schema: v.pipe(v.number(), v.integer(), v.minValue(firstEncryptedSchema)),
  /** The id of the store's master key. */
  masterKey: v.string(),
  /** The size of the store's file. */
  bytes: v.number(),
  sha256: v.string(),
});

const codec = jsonCodec('backup manifest', ManifestSchema);

/** Describes a backup, and proves that it is complete. */
export type Manifest = v.InferOutput<typeof ManifestSchema>;

/** The manifest of the backup in a folder. Throws an `OperatorError` when this release cannot read it. */
export function readManifest(folder: string): Manifest {
  const manifest = parse(folder);
  if (manifest.schema <= currentSchema) return manifest;
  throw new OperatorError(
    `The backup ${folder} was made by a newer release (schema ${manifest.schema}; this one knows ${currentSchema}). ` +
      'Restore it with the release that made it, or a later one.',
  );
}

function parse(folder: string): Manifest {
  const path = join(folder, manifestName);
  try {
    return codec.decode(readFileSync(path));
  } catch (cause) {
    throw new OperatorError(
      `${folder} holds no backup that this release knows: ${path} is missing or malformed. ` +
        'Give the folder that "backup -- --to" was given; one whose name ends in ".unfinished-…" is incomplete.',
      { cause },
    );
  }
}

/** The length and the hash of a file. */
export async function measure(path: string): Promise<Pick<Manifest, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}
