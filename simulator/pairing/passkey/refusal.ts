/** Why a query of the ceremony is refused. That WhatsApp uses these codes is not known. */
export class PasskeyRefusal extends Error {
  override readonly name = 'PasskeyRefusal';
  readonly code: string;

  constructor(code: string, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function badRequest(cause?: unknown): PasskeyRefusal {
  return new PasskeyRefusal('400', 'bad-request', cause);
}

export function notAuthorized(cause?: unknown): PasskeyRefusal {
  return new PasskeyRefusal('401', 'not-authorized', cause);
}

/** The challenge has expired, or an assertion for it was refused before. */
export function expired(): PasskeyRefusal {
  return new PasskeyRefusal('410', 'gone');
}
