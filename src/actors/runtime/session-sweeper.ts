import type { SessionAddress } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { credentials as credentialsOf } from '../../store/records/sessions/credentials.ts';
import { deleteSessionData } from '../../store/records/sessions/delete-session-data.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';

export interface SessionSweeperDeps {
  store: GatewayStore;
  sessions: Pick<Sessions, 'swept'>;
  recorder: Pick<InboundRecorder, 'recorded'>;
}

/** Deletes what is left of a session whose record is deleted. */
export function sessionSweeper(deps: SessionSweeperDeps): (address: SessionAddress) => Promise<void> {
  const { store, sessions, recorder } = deps;
  const credentials = credentialsOf(store);
  return async (address) => {
    // What arrived before the end is recorded first: recorded later, it would outlive the session.
    await recorder.recorded(address);
    await credentials.wipe(address);
    await deleteSessionData(store, address, 'rest');
    await sessions.swept(address);
  };
}
