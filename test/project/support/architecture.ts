import type { Module } from './modules.ts';
import { climbsOf } from './sub-rooms.ts';

/** What every command of the program has in common. */
const command = ['src/commands/command.ts', 'src/commands/signals.ts'];

/**
 * The rooms of the project and the rooms that each may import besides itself. A file belongs to the first room whose
 * name its path begins with. `config` knows only the words of the domain and is read where a process begins and where the gateway
 * is put together; `logger` is made where a process begins.
 */
const rooms: Record<string, readonly string[]> = {
  'src/domain/': [],
  'src/store/': ['src/domain/'],
  'src/actors/': ['src/domain/', 'src/store/'],
  'src/metrics/': ['src/domain/'],
  // It runs in a browser, so it may know schemas and words, and nothing that the gateway does.
  'src/http/console/page/': [
    'src/domain/',
    'src/actors/inspection/frame.ts',
    'src/http/response/errors.ts',
    'src/http/response/present-outbox.ts',
    'src/http/response/session-schema.ts',
    'src/http/streams/payloads.ts',
  ],
  'src/http/': ['src/domain/', 'src/store/', 'src/actors/'],
  'src/config.ts': ['src/domain/'],
  'src/logger.ts': ['src/domain/'],
  'src/gateway-warnings.ts': ['src/store/', 'src/config.ts'],
  'src/gateway.ts': [
    'src/gateway-warnings.ts',
    'src/domain/',
    'src/store/',
    'src/actors/',
    'src/metrics/',
    'src/http/',
    'src/config.ts',
  ],
  'src/commands/command.ts': ['src/commands/signals.ts'],
  'src/commands/signals.ts': [],
  'src/commands/serve.ts': [
    'src/domain/',
    'src/actors/',
    'src/config.ts',
    'src/logger.ts',
    'src/gateway.ts',
    ...command,
  ],
  'src/commands/keys.ts': ['src/domain/', 'src/store/', 'src/actors/', 'src/config.ts', 'src/logger.ts', ...command],
  'src/commands/master-key.ts': ['src/domain/', 'src/store/', 'src/config.ts', 'src/logger.ts', ...command],
  'src/commands/backup.ts': ['src/domain/', 'src/store/', 'src/config.ts', 'src/logger.ts', ...command],
  'src/commands/restore.ts': ['src/domain/', 'src/store/', 'src/actors/', 'src/config.ts', 'src/logger.ts', ...command],
  'src/commands/doctor/': ['src/domain/', 'src/store/', 'src/config.ts'],
  'src/commands/doctor.ts': ['src/commands/doctor/', 'src/config.ts', ...command],
  'src/main.ts': ['src/commands/', 'src/domain/errors.ts'],
  'simulator/': [],
  'demo/': ['src/', 'simulator/'],
  'client/generate.ts': ['src/'],
  'client/': [],
  // As somebody else's program would: with the client, or with nothing of ours.
  'examples/': ['client/'],
  'bench/': ['src/', 'simulator/'],
};

/** Packages that have one owner in `src`, by what the path of an importer must begin with. */
const owners: Record<string, string> = {
  '@whiskeysockets/baileys': 'src/actors/socket/',
  xstate: 'src/actors/',
  koa: 'src/http/',
  '@koa/router': 'src/http/',
  'lit-html': 'src/http/console/page/',
  amaro: 'src/http/console/modules.ts',
  '@valibot/to-json-schema': 'src/http/openapi/',
  '@viz-js/viz': 'src/http/statechart/',
  'node:sqlite': 'src/store/engine/sqlite/database.ts',
  redis: 'src/store/engine/redis/',
  'prom-client': 'src/metrics/',
};

const maxLines = 250;

/** Nobody reads it: it is made of the OpenAPI document. */
const generated = 'client/schema.ts';

/** Everything in which the modules go against the project's architecture, a sentence for each. */
export function faultsOf(modules: readonly Module[]): string[] {
  return [
    ...modules.flatMap(faultsOfModule),
    ...modules.flatMap(climbsOf),
    ...circles(modules.filter(({ path }) => path.startsWith('src/'))),
  ];
}

function faultsOfModule({ path, lines, ours, packages }: Module): string[] {
  const room = Object.keys(rooms).find((prefix) => path.startsWith(prefix));
  if (room === undefined) return [`${path} is in no room`];
  const allowed = [room, ...(rooms[room] ?? [])];
  const trespasses = ours.filter((target) => !allowed.some((prefix) => target.startsWith(prefix)));
  const thefts = packages.filter((name) => path.startsWith('src/') && !path.startsWith(owners[name] ?? ''));
  return [
    ...[...trespasses, ...thefts].map((target) => `${path} must not import ${target}`),
    ...(lines > maxLines && path !== generated ? [`${path} has ${lines} lines, more than ${maxLines}`] : []),
  ];
}

/** Each way round that some modules import one another, also for types only, from one of them back to it. */
function circles(modules: readonly Module[]): string[] {
  const imports = new Map(modules.map(({ path, ours }) => [path, ours]));
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(`imports go in a circle: ${[...trail.slice(at), path].join(' → ')}`);
    if (at >= 0 || finished.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}
