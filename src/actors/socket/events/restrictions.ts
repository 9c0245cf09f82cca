import type { NewChatMessageCapInfo, WASocket } from '@whiskeysockets/baileys';
import type { Guarded } from '../connection-context.ts';
import type { InboundEvent, KnownRestrictions } from '../port.ts';
import { epochMs } from './server-time.ts';

type Restriction = Extract<InboundEvent, { type: 'socket.restricted' }>;

interface RestrictionDeps {
  emit: (event: Restriction) => void;
  known: KnownRestrictions;
  guarded: Guarded;
  now: () => number;
}

/** Reports restrictions of new chats: those that WhatsApp announces, and those in force at the login. */
export function listenForRestrictions(socket: WASocket, deps: RestrictionDeps): void {
  const { guarded, now } = deps;
  const tell = (restriction: Restriction) => tellOnChange(restriction, deps);
  const onCap = (info: NewChatMessageCapInfo | null | undefined) => {
    if (info != null) tell(capOf(info, now()));
  };
  socket.ev.on('message-capping.update', guarded(onCap));
  socket.ev.on(
    'connection.update',
    guarded(({ connection, reachoutTimeLock }) => {
      if (reachoutTimeLock !== undefined) {
        const { isActive = false, timeEnforcementEnds } = reachoutTimeLock;
        tell({ type: 'socket.restricted', kind: 'new_chats', isActive, until: timeEnforcementEnds?.getTime() ?? null });
      }
      if (connection !== 'open') return;
      // The answer to the first comes as an update, too. What is not answered now is asked after the next login.
      socket.fetchAccountReachoutTimelock().catch(() => undefined);
      socket.fetchNewChatMessageCap().then(guarded(onCap), () => undefined);
    }),
  );
}

function capOf(
  { total_quota = -1, used_quota = 0, capping_status, cycle_end_timestamp }: NewChatMessageCapInfo,
  now: number,
) {
  const isActive = String(capping_status) === 'CAPPED' || (total_quota >= 0 && used_quota >= total_quota);
  const until = isActive && cycle_end_timestamp !== undefined ? epochMs(Number(cycle_end_timestamp), now) : null;
  return { type: 'socket.restricted', kind: 'new_chat_quota', isActive, until } as const;
}

/** No restriction is what a session begins with. */
const none = JSON.stringify([false, null]);

function tellOnChange(restriction: Restriction, { emit, known }: RestrictionDeps): void {
  const { kind, isActive, until } = restriction;
  const state = JSON.stringify([isActive, isActive ? until : null]);
  if ((known.get(kind) ?? none) === state) return;
  known.set(kind, state);
  emit({ ...restriction, until: isActive ? until : null });
}
