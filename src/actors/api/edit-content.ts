import { userOf } from '../../domain/jid.ts';
import type { Content } from '../../domain/message.ts';

type Text = Extract<Content, { type: 'text' }>;
type EditContent = Extract<Content, { type: 'edit' }>;

/**
 * What replaces a text. An edit replaces all of a message, so it repeats the quote of the original, and those of its mentions
 * that the new text still has as `@` and the digits; `mentions` are further ones.
 */
export function editContent(original: Text, target: string, text: string, mentions: readonly string[]): EditContent {
  const kept = original.mentions.filter((jid) => new RegExp(`@${userOf(jid)}(?!\\d)`).test(text));
  const all = [...new Set([...kept, ...mentions])];
  const { quoted } = original;
  if (all.length === 0 && quoted === null) return { type: 'edit', text, target };
  return { type: 'edit', text, target, context: { mentions: all, quoted } };
}
