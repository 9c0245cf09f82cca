import { stanza } from '../wire/stanza.ts';
import type { Answer } from './query.ts';

/** GraphQL results by the path that Baileys reads (`XWAPaths`): no restrictions. */
const DATA = {
  xwa2_fetch_account_reachout_timelock: { is_active: false, time_enforcement_ends: '0' },
  xwa2_message_capping_info: { total_quota: -1, used_quota: 0 },
};

/** `w:mex`: GraphQL over WhatsApp. */
export function answerMex(): Answer {
  return { content: [stanza('result', {}, Buffer.from(JSON.stringify({ data: DATA })))] };
}
