import { GatewayError, type Outcome, type Refusal } from '../../domain/errors.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { SendService } from './send-service.ts';

/** Counts the refusals and replays of the send service. */
export function instrumentedSends(sends: SendService, metrics: Pick<Metrics, 'sendRefused' | 'replayed'>): SendService {
  const counted = async <T>(asked: Promise<Outcome<T>>): Promise<Outcome<T>> => {
    try {
      const outcome = await asked;
      if (!outcome.ok) noteRefusal(metrics, outcome.refusal);
      return outcome;
    } catch (error) {
      metrics.sendRefused(error instanceof GatewayError ? error.refusal.code : 'internal');
      throw error;
    }
  };
  return {
    ...sends,
    send: async (...asked) => {
      const outcome = await counted(sends.send(...asked));
      if (outcome.ok && outcome.value.mismatch) metrics.replayed('mismatch');
      else if (outcome.ok && outcome.value.result.replayed) metrics.replayed('replay');
      return outcome;
    },
    edit: (...asked) => counted(sends.edit(...asked)),
  };
}

function noteRefusal(metrics: Pick<Metrics, 'sendRefused' | 'replayed'>, { code, mismatch, details }: Refusal): void {
  metrics.sendRefused(code);
  if (mismatch === true || code === 'idempotency_mismatch') metrics.replayed('mismatch');
  else if (details?.['replayed'] === true) metrics.replayed('replay');
}
