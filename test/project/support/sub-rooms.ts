import type { Module } from './modules.ts';

/**
 * The rooms within the larger rooms, lowest first. A file belongs to the room with the longest prefix that its path begins
 * with, and may import its own room and those of lower floors; rooms on one floor know nothing of each other.
 */
const floors: Record<string, readonly (readonly string[])[]> = {
  'src/store/': [
    ['src/store/contract.ts'],
    ['src/store/compare-and-set.ts', 'src/store/record-kinds.ts', 'src/store/scan.ts', 'src/store/unreadable-value.ts'],
    ['src/store/gateway-store.ts'],
    ['src/store/engine/'],
    ['src/store/files/'],
    ['src/store/layers/'],
    ['src/store/encryption/'],
    ['src/store/records/'],
    ['src/store/open-redis.ts'],
    ['src/store/open-store.ts'],
    ['src/store/backup/'],
  ],
  'src/store/engine/': [['src/store/engine/'], ['src/store/engine/redis/', 'src/store/engine/sqlite/']],
  'src/store/records/': [
    ['src/store/records/'],
    ['src/store/records/messages/'],
    ['src/store/records/outbox/'],
    ['src/store/records/api-keys/', 'src/store/records/sessions/'],
    ['src/store/records/cluster/'],
  ],
  'src/actors/': [
    ['src/actors/audit-log.ts', 'src/actors/background-tasks.ts'],
    ['src/actors/socket/'],
    ['src/actors/session/'],
    ['src/actors/inbound/', 'src/actors/inspection/', 'src/actors/login/', 'src/actors/outbox/'],
    ['src/actors/runtime/'],
    ['src/actors/cluster/'],
    ['src/actors/api/'],
    ['src/actors/create-socket.ts'],
    ['src/actors/actor-system.ts'],
  ],
  'src/actors/socket/': [
    // What stands beside the rooms: the port, and what several of them need.
    ['src/actors/socket/'],
    ['src/actors/socket/passkey/', 'src/actors/socket/signal/'],
    ['src/actors/socket/history/'],
    ['src/actors/socket/devices/'],
    ['src/actors/socket/commands/'],
    ['src/actors/socket/events/', 'src/actors/socket/transport/'],
    ['src/actors/socket/client.ts'],
    ['src/actors/socket/connection.ts'],
    ['src/actors/socket/actor.ts'],
  ],
  'src/actors/session/': [
    ['src/actors/session/policy/'],
    ['src/actors/session/'],
    ['src/actors/session/effects/', 'src/actors/session/states/'],
    ['src/actors/session/machine.ts'],
    ['src/actors/session/status.ts'],
  ],
  'src/actors/cluster/': [
    ['src/actors/cluster/membership/'],
    ['src/actors/cluster/rpc/'],
    ['src/actors/cluster/watch/'],
    ['src/actors/cluster/'],
  ],
  'src/http/': [
    ['src/http/context.ts'],
    ['src/http/response/', 'src/http/statechart/'],
    ['src/http/request/'],
    ['src/http/metrics/'],
    ['src/http/load-shedding/'],
    ['src/http/auth/'],
    ['src/http/streams/'],
    ['src/http/routing/'],
    ['src/http/openapi/'],
    ['src/http/docs/'],
    ['src/http/console/'],
    ['src/http/routes/'],
    ['src/http/'],
  ],
  'simulator/': [
    ['simulator/errors.ts', 'simulator/lru-map.ts', 'simulator/serial-queue.ts', 'simulator/settings.ts'],
    ['simulator/wire/'],
    ['simulator/state/schema.ts'],
    ['simulator/signal/'],
    ['simulator/accounts/'],
    ['simulator/ledger/'],
    ['simulator/faults/'],
    ['simulator/connection/'],
    ['simulator/groups/'],
    ['simulator/messages/'],
    ['simulator/messages/compose/'],
    ['simulator/messages/relay/'],
    ['simulator/pairing/'],
    ['simulator/queries/'],
    ['simulator/network.ts', 'simulator/state/'],
    ['simulator/server/'],
    ['simulator/api/'],
    ['simulator/control/'],
    ['simulator/'],
  ],
};

/** The imports of a module that go up, or sideways, within one of the larger rooms, a sentence for each. */
export function climbsOf({ path, ours }: Module): string[] {
  const areas = Object.entries(floors).filter(([area]) => path.startsWith(area));
  return areas.flatMap(([area, levels]) => {
    const own = placeOf(path, levels);
    if (own === null) return [`${path} is in no room of ${area}`];
    const targets = ours.filter((target) => target.startsWith(area));
    return targets
      .filter((target) => !isBelow(placeOf(target, levels), own))
      .map((target) => `${path} must not import ${target}`);
  });
}

interface Place {
  room: string;
  level: number;
}

function isBelow(target: Place | null, own: Place): boolean {
  return target !== null && (target.room === own.room || target.level < own.level);
}

function placeOf(path: string, levels: readonly (readonly string[])[]): Place | null {
  const places = levels.flatMap((rooms, level) => rooms.map((room) => ({ room, level })));
  const matching = places.filter(({ room }) => path.startsWith(room));
  return matching.toSorted((one, other) => other.room.length - one.room.length)[0] ?? null;
}
