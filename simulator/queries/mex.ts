import { stanza } from '../wire/stanza.ts';
import type { Answer, QueryClient } from './query.ts';

/** `w:mex`: GraphQL over WhatsApp. Results are found by the path that Baileys reads (`XWAPaths`). */
export function answerMex(_iq: unknown, { network: { settings } }: QueryClient): Answer {
  const { reachoutTimelock, newChatQuota } = settings;
  const data = {
    xwa2_fetch_account_reachout_timelock: {
      is_active: reachoutTimelock > 0,
      time_enforcement_ends: String(reachoutTimelock),
    },
    xwa2_message_capping_info: { total_quota: newChatQuota.total, used_quota: newChatQuota.used },
  };
  return { content: [stanza('result', {}, Buffer.from(JSON.stringify({ data })))] };
}
