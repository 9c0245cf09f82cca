import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { type Issuer, type SigningKey, signed, signingKey, validClaims } from '../../../support/gateway/issuer.ts';

/** What the tokens are checked against beside their signature. */
export const settings = { issuer: 'https://login.example.com', audience: 'troupe' };

interface Valid {
  key: SigningKey;
  header: { alg: string; kid: string; typ: string };
  claims: Record<string, unknown>;
}

type Named = [name: string, token: string];

/** Tokens that must not let anybody in, by what is wrong with them. Each is valid otherwise. */
export async function hostileTokens({ key }: Issuer): Promise<Named[]> {
  const claims = { ...validClaims(), iss: settings.issuer, aud: settings.audience };
  const valid = { key, header: { alg: 'ES256', kid: key.kid, typ: 'JWT' }, claims };
  const kinds = [unsigned, badHeaders, badClaims, badPeople, ambiguous, malformed];
  return (await Promise.all(kinds.map((make) => make(valid)))).flat();
}

function encode(part: string | object): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** Without a signature that only the holder of a published key can make. */
async function unsigned({ key, header, claims }: Valid): Promise<Named[]> {
  const stranger = await signingKey(key.kid);
  const body = encode(claims);
  const hmac = (secret: string) => {
    const input = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  return [
    ['alg none without a signature', `${encode({ ...header, alg: 'none' })}.${body}.`],
    ['alg none with a signature', await signed({ ...header, alg: 'none' }, claims, key)],
    ['alg None', await signed({ ...header, alg: 'None' }, claims, key)],
    ['HS256 with the public key as PEM', hmac(await exportSPKI(key.publicKey))],
    ['HS256 with the public key as JWK', hmac(JSON.stringify(key.jwk))],
    ['HS256 with no secret', hmac('')],
    ["a stranger's signature", await signed(header, claims, stranger)],
    ["a stranger's key id", await signed({ ...header, kid: 'stranger' }, claims, stranger)],
    ["a stranger's key in the header", await signed({ ...header, jwk: stranger.jwk }, claims, stranger)],
  ];
}

async function badHeaders({ key, header, claims }: Valid): Promise<Named[]> {
  const changes: [name: string, change: object][] = [
    ['no alg', { alg: undefined }],
    ['alg that is a list', { alg: ['ES256'] }],
    ['another algorithm of the same key', { alg: 'ES384' }],
    ['an algorithm of another key', { alg: 'RS256' }],
    ['its own key', { jwk: key.jwk }],
    ['jku', { jku: 'http://127.0.0.1:9/jwks.json' }],
    ['x5u', { x5u: 'http://127.0.0.1:9/cert.pem' }],
    ['x5c', { x5c: ['MIIB'] }],
    ['crit', { crit: ['exp'] }],
    ['crit of b64', { crit: ['b64'], b64: true }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['typ of something else', { typ: 'logout+jwt' }],
    ['kid that is a number', { kid: 1 }],
    ['kid that is a path', { kid: '../../dev/null' }],
    ['kid that is a query', { kid: "' OR 1=1 --" }],
    ['kid of the prototype', { kid: '__proto__' }],
    ['a long kid', { kid: 'k'.repeat(4_000) }],
  ];
  return Promise.all(
    changes.map(async ([name, change]): Promise<Named> => [name, await signed({ ...header, ...change }, claims, key)]),
  );
}

async function badClaims({ key, header, claims }: Valid): Promise<Named[]> {
  const now = Math.floor(Date.now() / 1_000);
  return withClaims({ key, header, claims }, [
    ['another issuer', { iss: 'https://login.example.org' }],
    ['a list of issuers', { iss: [settings.issuer] }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'billing' }],
    ['no audience', { aud: undefined }],
    ['expired', { exp: now - 31 }],
    ['expired a moment ago', { exp: now - 10 }],
    ['exp that is text', { exp: String(now + 600) }],
    ['exp null', { exp: null }],
    ['no exp', { exp: undefined }],
    ['not yet valid', { nbf: now + 60 }],
    ['nbf that is text', { nbf: 'now' }],
  ]);
}

async function badPeople(valid: Valid): Promise<Named[]> {
  return withClaims(valid, [
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is an object', { sub: { id: 1 } }],
    ['a long subject', { sub: 's'.repeat(256) }],
    ['no organization', { org: undefined }],
    ['a list of organizations', { org: ['acme', 'globex'] }],
    ['an organization with a slash', { org: 'acme/globex' }],
    ['an organization with a NUL', { org: 'acme\0' }],
    ["an organization of the gateway's own", { org: 'gateway' }],
    ['no role', { role: undefined }],
    ['an unknown role', { role: 'root' }],
    ['a role of the prototype', { role: 'constructor' }],
    ['a list of roles', { role: ['owner'] }],
  ]);
}

function withClaims({ key, header, claims }: Valid, changes: [name: string, change: object][]): Promise<Named[]> {
  return Promise.all(
    changes.map(async ([name, change]): Promise<Named> => [name, await signed(header, { ...claims, ...change }, key)]),
  );
}

/** Under a true signature, and to be read in more than one way. */
async function ambiguous({ key, header, claims }: Valid): Promise<Named[]> {
  const payload = JSON.stringify(claims);
  const before = (text: string, name: string) => text.replace('{', `{${name},`);
  return [
    ['a claim twice', await signed(header, before(payload, '"org":"globex"'), key)],
    ['a claim twice, once escaped', await signed(header, before(payload, '"\\u006frg":"globex"'), key)],
    ['a nested claim twice', await signed(header, before(payload, '"x":[{"y":1,"z":{},"y":2}]'), key)],
    ['a header twice', await signed(before(JSON.stringify(header), '"alg":"none"'), claims, key)],
    ['an organization in the prototype', await signed(header, payload.replace('"org":', '"__proto__":'), key)],
    ['exp beyond all time', await signed(header, payload.replace(/"exp":\d+/, '"exp":1e999'), key)],
    ['a byte order mark', await signed(header, `\ufeff${payload}`, key)],
    ['a payload that is a list', await signed(header, `[${payload}]`, key)],
  ];
}

async function malformed({ key, header, claims }: Valid): Promise<Named[]> {
  const valid = await signed(header, claims, key);
  const [head = '', body = '', signature = ''] = valid.split('.');
  const depth = 5_000;
  return [
    ['a payload that is no JSON', await signed(header, '{"sub":', key)],
    ['a header that is no JSON', await signed('{', claims, key)],
    ['a header that is null', await signed('null', claims, key)],
    ['a payload that is no UTF-8', `${head}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`],
    ['a changed payload', `${head}.${encode({ ...claims, org: 'globex' })}.${signature}`],
    ['a changed signature', `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    ['unused bits of the signature', `${head}.${body}.${signature.slice(0, -1)}${sibling(signature.at(-1) ?? '')}`],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${valid}.${signature}`],
    ['five parts', `${valid}.${signature}.${signature}`],
    ['padding', `${head}=.${body}.${signature}`],
    ['base64 in place of base64url', `${head}.${body}.${'+/'.repeat(43)}`],
    ['a huge payload', await signed(header, { ...claims, ballast: 'x'.repeat(20_000) }, key)],
    ['a deep payload', await signed(header, `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`, key)],
    ["an api key's prefix", `wa_${valid}`],
  ];
}

/** The next character of base64url, which stands for the same bits in the last place of 64 bytes. */
function sibling(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(last) ^ 1] ?? '';
}
