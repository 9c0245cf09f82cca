import type { NewChatMessageCapInfo, WASocket } from '@whiskeysockets/baileys';
import type { Guarded } from '../connection-context.ts';
import type { InboundEvent } from '../port.ts';
import { epochMs } from './server-time.ts';

type Restriction = Extract<InboundEvent, { type: 'socket.restricted' }>;

interface RestrictionDeps {
  emit: (event: Restriction) => void;
  guarded: Guarded;
  now: () => number;
}

/** Reports restrictions of new chats: those that WhatsApp announces, and those in force at the login. */
export function listenForRestrictions(socket: WASocket, deps: RestrictionDeps): void {
  const { emit, guarded, now } = deps;
  const tell = (told: Restriction) => emit({ ...told, until: told.isActive ? told.until : null });
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
