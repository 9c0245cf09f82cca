import type { AnyMessageContent } from '@whiskeysockets/baileys';
import type { Content } from '../../domain/message.ts';

/** Our content in Baileys' words. Link previews are off: the gateway never fetches what a message links to. */
export function toBaileysContent(content: Content): AnyMessageContent {
  switch (content.type) {
    case 'text':
      return { text: content.text, linkPreview: null };
  }
}
