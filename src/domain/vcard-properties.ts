/** A property of a vCard: its name in upper case, its parameters as written, and its value without any transfer encoding. */
export interface VcardProperty {
  name: string;
  parameters: readonly string[];
  value: string;
}

/** A name that may follow a group (`item1.`), parameters whose values may be quoted, and the value. */
const line = /^(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^":;])*)*):(.*)$/;

/**
 * The properties of a vCard 2.1 (versit), 3.0 (RFC 2426) or 4.0 (RFC 6350), in order: of any group, with lines joined that were
 * folded. Lines that are none are left out.
 */
export function propertiesOf(vcard: string): VcardProperty[] {
  return unfolded(vcard).flatMap((text) => {
    const [, name = '', parameters = '', value = ''] = line.exec(text) ?? [];
    return name === '' ? [] : [propertyOf(name, parameters, value)];
  });
}

function propertyOf(name: string, written: string, value: string): VcardProperty {
  const parameters = written.match(/(?<=;)(?:"[^"]*"|[^;])+/g) ?? [];
  const charset = parameterOf(parameters, 'CHARSET') ?? 'utf-8';
  const decoded = isQuotedPrintable(written) ? fromQuotedPrintable(value, charset) : value;
  return { name: name.toUpperCase(), parameters, value: decoded };
}

/** The value of a parameter without its quotes. */
export function parameterOf(parameters: readonly string[], name: string): string | undefined {
  const found = parameters.find((parameter) => parameter.toUpperCase().startsWith(`${name}=`));
  return found?.slice(name.length + 1).replaceAll('"', '');
}

/** The lines of a card. In 2.1 the white space of a folded line is part of the value. */
function unfolded(vcard: string): string[] {
  const isOld = /^VERSION:2\.1\s*$/im.test(vcard);
  const text = vcard.replaceAll(isOld ? /\r?\n(?=[ \t])/g : /\r?\n[ \t]/g, '');
  const lines: string[] = [];
  for (const next of text.split(/\r?\n/)) {
    const last = lines.at(-1);
    // What is quoted-printable ends with `=` where it goes on.
    if (last?.endsWith('=') && isQuotedPrintable(last.split(':', 1)[0] ?? ''))
      lines.splice(-1, 1, last.slice(0, -1) + next);
    else lines.push(next);
  }
  return lines;
}

/** 2.1 allows the encoding without the name of the parameter. */
function isQuotedPrintable(parameters: string): boolean {
  return /;(?:ENCODING=)?QUOTED-PRINTABLE(?:;|$)/i.test(parameters);
}

function fromQuotedPrintable(value: string, charset: string): string {
  const pieces = value.match(/=[0-9A-F]{2}|[^=]+|=/gi) ?? [];
  const bytes = pieces.flatMap((piece) =>
    /^=../.test(piece) ? [Number.parseInt(piece.slice(1), 16)] : [...new TextEncoder().encode(piece)],
  );
  try {
    return new TextDecoder(charset).decode(Uint8Array.from(bytes));
  } catch {
    // A charset that nobody knows.
    return value;
  }
}
