/**
 * The standard requires a quiet zone of four modules; eight pixels per module make WhatsApp's codes some 600 pixels
 * wide, which phones can read from a screen at arm's length.
 */
const options = { margin: 4, errorCorrectionLevel: 'M' } as const;
const pixelsPerModule = 8;

export async function qrSvg({ code }: { code: string }): Promise<string> {
  const { toString: toText } = await library();
  return toText(code, { ...options, type: 'svg', width: 600 });
}

export async function qrPng({ code }: { code: string }): Promise<Buffer> {
  const { toBuffer } = await library();
  return toBuffer(code, { ...options, type: 'png', scale: pixelsPerModule });
}

/** Loaded with the first picture: most processes never draw one. */
function library(): Promise<typeof import('qrcode')> {
  return import('qrcode');
}
