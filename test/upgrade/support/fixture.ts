import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { CapabilitySchema } from '../../../src/domain/principal.ts';

const folder = join(import.meta.dirname, '../fixtures');

const KeySchema = v.strictObject({
  token: v.string(),
  organization: v.string(),
  can: v.array(CapabilitySchema),
  revoked: v.boolean(),
});

const SessionSchema = v.strictObject({
  /** A key that may do everything with it. */
  token: v.string(),
  id: v.string(),
  phoneNumber: v.nullable(v.string()),
  status: v.string(),
  reason: v.nullable(v.string()),
  statusSince: v.number(),
});

/** A send, as it was asked for, and what the caller got back. */
const SendSchema = v.strictObject({
  token: v.string(),
  session: v.string(),
  to: v.string(),
  body: v.looseObject({}),
  idempotencyKey: v.nullable(v.string()),
  // Releases before 0.2.0 do not name the chat.
  result: v.strictObject({ ...SendResultSchema.entries, chatJid: v.optional(v.string()) }),
});

const ReceivedSchema = v.strictObject({ session: v.string(), chat: v.string(), waMessageId: v.string() });

/** What a former release has been asked to do, and what it answered. */
const StorySchema = v.strictObject({
  sessions: v.array(SessionSchema),
  /** Acknowledged, and read by their recipients. */
  settled: v.array(SendSchema),
  /** Accepted, and not handed to anybody yet. */
  waiting: v.array(SendSchema),
  received: v.array(ReceivedSchema),
  /** Address of a group that the session of `received` is in. */
  group: v.string(),
  /** Of the first organization: an event, and the ids of those that came after it. */
  events: v.strictObject({ after: v.string(), ids: v.array(v.string()) }),
});

/** What a former release has written: its store, and what the simulated WhatsApp beside it remembers. */
const FixtureSchema = v.strictObject({
  /** The commit that wrote it. */
  release: v.string(),
  engine: v.picklist(['embedded', 'redis']),
  /** When its last process ended, in epoch milliseconds. */
  endedAt: v.number(),
  /** Made up for this fixture, and nowhere else in use; null when the store's own key file has it. */
  masterKey: v.nullable(v.string()),
  keys: v.array(KeySchema),
  story: StorySchema,
  simulator: v.string(),
  /** The files of the data directory, in base64. */
  files: v.array(v.strictObject({ name: v.string(), content: v.string() })),
  /** The keys of the Redis, and what `DUMP` says of each, in base64. */
  redis: v.array(v.strictObject({ key: v.string(), value: v.string() })),
});

export type Fixture = v.InferOutput<typeof FixtureSchema>;
export type Story = v.InferOutput<typeof StorySchema>;
export type FixtureKey = v.InferOutput<typeof KeySchema>;
export type FixtureSend = v.InferOutput<typeof SendSchema>;

/** What each of the former releases has written. */
export async function readFixtures(): Promise<Fixture[]> {
  const names = await readdir(folder);
  return Promise.all(names.map((name) => readFixture(join(folder, name))));
}

/** Resolves with the path of the file. */
export async function writeFixture(fixture: Fixture): Promise<string> {
  const path = join(folder, `${fixture.release}-${fixture.engine}.json.gz`);
  await writeFile(path, gzipSync(JSON.stringify(fixture), { level: 9 }));
  return path;
}

async function readFixture(path: string): Promise<Fixture> {
  return v.parse(FixtureSchema, JSON.parse(gunzipSync(await readFile(path)).toString()));
}
