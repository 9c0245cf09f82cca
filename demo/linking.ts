import * as v from 'valibot';
import type { Simulator } from '../simulator/simulator.ts';
import { type Caller, RefusedError } from './caller.ts';

const SessionSchema = v.object({ id: v.string(), status: v.string() });
const QrSchema = v.object({ code: v.string() });

/** Creates a session that waits for a phone. Returns its id. */
export async function newSession(caller: Caller): Promise<string> {
  return (await caller.call('POST', '/api/v1/sessions', SessionSchema, { start: true })).id;
}

/** Waits for the QR code of a session. */
export function qrOf(caller: Caller, session: string): Promise<string> {
  return caller.until(async () => {
    try {
      return (await caller.call('GET', `/api/v1/sessions/${session}/qr`, QrSchema)).code;
    } catch (error) {
      // There is none until WhatsApp has sent one.
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  });
}

/** Lets a simulated phone scan the code, and waits until the session is connected. */
export async function scan(caller: Caller, session: string, simulator: Simulator, phone: string): Promise<void> {
  await simulator.scanQr(await qrOf(caller, session), phone);
  await untilConnected(caller, session);
}

export async function untilConnected(caller: Caller, session: string): Promise<void> {
  await caller.until(async () => {
    const { status } = await caller.call('GET', `/api/v1/sessions/${session}`, SessionSchema);
    return status === 'connected' ? status : undefined;
  });
}
