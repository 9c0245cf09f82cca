import * as v from 'valibot';
import { parse } from 'yaml';

const TextsSchema = v.array(v.string());

/** What the project's own compose file may say of a service; anything else in it is a fault. */
const ServiceSchema = v.strictObject({
  build: v.optional(v.string()),
  image: v.string(),
  user: v.optional(v.string()),
  command: v.optional(TextsSchema, []),
  environment: v.optional(v.record(v.string(), v.string()), {}),
  volumes: v.optional(TextsSchema, []),
  tmpfs: v.optional(TextsSchema, []),
  ports: v.optional(TextsSchema, []),
  networks: TextsSchema,
  depends_on: v.optional(v.union([TextsSchema, v.record(v.string(), v.strictObject({ condition: v.string() }))]), []),
  healthcheck: v.strictObject({
    test: TextsSchema,
    interval: v.string(),
    timeout: v.string(),
    start_period: v.string(),
    retries: v.number(),
  }),
  restart: v.string(),
  read_only: v.boolean(),
  cap_drop: TextsSchema,
  cap_add: v.optional(TextsSchema, []),
  security_opt: TextsSchema,
  pids_limit: v.optional(v.number()),
  mem_limit: v.string(),
  stop_grace_period: v.string(),
});

export type Service = v.InferOutput<typeof ServiceSchema>;

const ComposeSchema = v.object({
  services: v.record(v.string(), ServiceSchema),
  networks: v.record(v.string(), v.nullable(v.strictObject({ internal: v.boolean() }))),
  volumes: v.record(v.string(), v.null()),
});

/** A compose file with what is merged into its services put in. Nothing of the environment is. */
export function parseCompose(source: string): v.InferOutput<typeof ComposeSchema> {
  return v.parse(ComposeSchema, parse(source, { merge: true }));
}

/** `30s` or `500ms` in milliseconds; throws for anything else. */
export function milliseconds(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`${text} is no time in seconds or milliseconds`);
  return Number(number) * (unit === 's' ? 1_000 : 1);
}

/** What a list of arguments says: the value behind each `--name`. */
export function optionsOf(command: readonly string[]): Map<string, string> {
  return new Map(
    command.flatMap((word, at): [string, string][] =>
      word.startsWith('--') ? [[word.slice(2), command[at + 1] ?? '']] : [],
    ),
  );
}
