import { type BinaryNode, getAllBinaryNodeChildren, getBinaryNodeChild } from '@whiskeysockets/baileys';

/** A stanza: an XML element in WhatsApp's binary encoding. */
export type Stanza = BinaryNode;

/** The server's address, as clients write it. */
export const SERVER = 's.whatsapp.net';

/** Builds a stanza; attributes that are undefined are left out. Pass text that clients read as bytes as a Buffer. */
export function stanza(
  tag: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  content?: Stanza[] | Uint8Array,
): Stanza {
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attrs[name] = value;
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** All child stanzas, or those of one tag. */
export function children(node: Stanza, tag?: string): Stanza[] {
  const all = getAllBinaryNodeChildren(node);
  return tag === undefined ? all : all.filter((child) => child.tag === tag);
}

/** The first child of that tag. */
export function child(node: Stanza | undefined, tag: string): Stanza | undefined {
  return getBinaryNodeChild(node, tag);
}

/** The content of a stanza as bytes. Throws when it is absent or consists of child stanzas. */
export function bytes(node: Stanza | undefined, what: string): Buffer {
  if (node?.content === undefined || Array.isArray(node.content)) throw new Error(`the client sent no ${what}`);
  return Buffer.from(node.content);
}

export function attribute(node: Stanza, name: string): string | undefined {
  return node.attrs[name];
}

/** A mandatory attribute. Throws when it is missing. */
export function requiredAttribute(node: Stanza, name: string): string {
  const value = attribute(node, name);
  if (value === undefined) throw new Error(`<${node.tag}> lacks the attribute ${name}`);
  return value;
}

/** Seconds since 1970 as WhatsApp writes them in attributes. */
export function timestamp(): string {
  return String(Math.floor(Date.now() / 1000));
}
