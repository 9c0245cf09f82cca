import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A key pair of whoever mints login tokens. */
export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

/** A new key pair; `alg` as JWTs name it. */
export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Mints login tokens, and publishes its keys over real HTTP. */
export class Issuer implements AsyncDisposable {
  /** What is published now. */
  keys: SigningKey[];
  /** How often the keys were asked for. */
  asked = 0;
  /** Answers in place of the keys while it is set. */
  fault: ((response: ServerResponse) => void) | null = null;
  readonly #server = createServer((_, response) => {
    this.asked += 1;
    if (this.fault !== null) return this.fault(response);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }));
  });

  private constructor(keys: SigningKey[]) {
    this.keys = keys;
  }

  static async start(...keys: SigningKey[]): Promise<Issuer> {
    const issuer = new Issuer(keys.length === 0 ? [await signingKey('first')] : keys);
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  get url(): URL {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new URL(`http://127.0.0.1:${port}/jwks.json`);
  }

  get key(): SigningKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return key;
  }

  /** A valid token of an admin of `acme`, but for the claims that are given. */
  token(claims: Record<string, unknown> = {}, key = this.key): Promise<string> {
    const { alg, kid } = key;
    return new SignJWT({ ...validClaims(), ...claims })
      .setProtectedHeader({ alg, kid, typ: 'JWT' })
      .sign(key.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** The claims of an admin of `acme`, from now on and for ten minutes. */
export function validClaims(): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000);
  return { sub: 'ada@example.com', org: 'acme', role: 'admin', iat: now, exp: now + 600 };
}

/** A token of any header and payload, whether they make sense or not, under a true ES256 signature. */
export async function signed(header: string | object, payload: string | object, key: SigningKey): Promise<string> {
  const parts = [header, payload].map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)));
  const input = parts.map((part) => part.toString('base64url')).join('.');
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}
