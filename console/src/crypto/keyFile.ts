// openKeyFile reads an administrator's own SM2 key: PKCS#8 under a passphrase (PBES2 with scrypt and SM4-CBC), as
// `kioskward key make` and openssl write it. signWith signs as the kiosks verify. The key stays in this page's memory.
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sm2, sm4 } from 'sm-crypto-v2';

export class KeyFileError extends Error {
  constructor(readonly code: 'not_a_key' | 'unsupported' | 'passphrase') { super(code); }
}

export interface PersonKey {
  scalar: string; // hex
  point: string; // uncompressed, hex
}

const OIDS = {
  pbes2: '06092a864886f70d01050d', scrypt: '06092b06010401da47040b', sm4cbc: '06082a811ccf55016802',
  ec: '06072a8648ce3d0201', sm2: '06082a811ccf5501822d',
};
const MOST_COST = 1 << 20; // N times r: 128 MiB

const hex = (octets: Uint8Array) => Array.from(octets, (o) => o.toString(16).padStart(2, '0')).join('');
export const octetsOf = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

interface Node { tag: number; body: Uint8Array; whole: Uint8Array }

/// One DER element and what follows it; lengths up to 64 KiB.
function element(der: Uint8Array): { node: Node; rest: Uint8Array } {
  const [tag, first] = [der[0], der[1]];
  if (tag === undefined || first === undefined) throw new KeyFileError('not_a_key');
  const more = first < 0x80 ? 0 : first - 0x80;
  if (more > 2 || (first === 0x80)) throw new KeyFileError('not_a_key');
  let size = more === 0 ? first : 0;
  for (let i = 0; i < more; ++i) size = size * 256 + (der[2 + i] ?? 0);
  const start = 2 + more;
  if (start + size > der.length) throw new KeyFileError('not_a_key');
  return { node: { tag, body: der.subarray(start, start + size), whole: der.subarray(0, start + size) }, rest: der.subarray(start + size) };
}
function children(der: Uint8Array): Node[] {
  const out: Node[] = [];
  for (let rest = der; rest.length > 0;) {
    const next = element(rest);
    out.push(next.node);
    rest = next.rest;
  }
  return out;
}
function at(nodes: Node[], place: number, tag: number): Node {
  const node = nodes[place];
  if (node?.tag !== tag) throw new KeyFileError('not_a_key');
  return node;
}
const sequence = (nodes: Node[], place: number) => children(at(nodes, place, 0x30).body);
function number(node: Node): number {
  if (node.tag !== 2 || node.body.length > 4) throw new KeyFileError('unsupported');
  return node.body.reduce((sum, octet) => sum * 256 + octet, 0);
}
function is(node: Node | undefined, oid: string): boolean { return node !== undefined && hex(node.whole) === oid; }

function pemBody(pem: string): Uint8Array {
  const found = /-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END ENCRYPTED PRIVATE KEY-----/.exec(pem);
  if (!found?.[1] || pem.length > 8192) throw new KeyFileError('not_a_key');
  return Uint8Array.from(atob(found[1].replace(/\s/g, '')), (c) => c.charCodeAt(0));
}

/// The private key's scalar out of PrivateKeyInfo (RFC 5958) and ECPrivateKey (RFC 5915).
function scalarOf(der: Uint8Array): string {
  const info = sequence(children(der), 0);
  const algorithm = sequence(info, 1);
  if (!is(algorithm[0], OIDS.ec) || !is(algorithm[1], OIDS.sm2)) throw new KeyFileError('unsupported');
  const inner = sequence(children(at(info, 2, 4).body), 0);
  const scalar = at(inner, 1, 4).body;
  if (scalar.length !== 32) throw new KeyFileError('not_a_key');
  return hex(scalar);
}

export async function openKeyFile(pem: string, passphrase: string): Promise<PersonKey> {
  const top = sequence(children(pemBody(pem)), 0);
  const scheme = sequence(top, 0);
  if (!is(scheme[0], OIDS.pbes2)) throw new KeyFileError('unsupported');
  const [kdf, cipher] = sequence(scheme, 1).map((node) => children(node.body));
  if (!kdf || !cipher || !is(kdf[0], OIDS.scrypt) || !is(cipher[0], OIDS.sm4cbc)) throw new KeyFileError('unsupported');
  const [salt, ...costs] = sequence(kdf, 1);
  const [N, r, p] = costs.map(number);
  if (!salt || !N || !r || !p || N * r > MOST_COST || p > 16) throw new KeyFileError('unsupported');
  const key = await scryptAsync(new TextEncoder().encode(passphrase), salt.body, { N, r, p, dkLen: 16 });
  const sealed = at(top, 1, 4).body;
  let scalar: string;
  try {
    const plain = sm4.decrypt(sealed, key, { mode: 'cbc', iv: hex(at(cipher, 1, 4).body), padding: 'pkcs#7', output: 'array' });
    scalar = scalarOf(plain);
  } catch (error) {
    if (error instanceof KeyFileError && error.code === 'unsupported') throw error;
    throw new KeyFileError('passphrase'); // a wrong one decrypts to noise
  }
  return { scalar, point: sm2.getPublicKeyFromPrivateKey(scalar) };
}

const COST = { N: 16384, r: 8, p: 5 };
const der = (tag: string, ...parts: string[]) => {
  const body = parts.join('');
  const size = body.length / 2;
  const length = size < 0x80 ? size.toString(16).padStart(2, '0') : size < 0x100 ? `81${size.toString(16).padStart(2, '0')}` : `82${size.toString(16).padStart(4, '0')}`;
  return tag + length + body;
};
const positive = (value: number) => {
  const text = value.toString(16);
  const even = text.length % 2 === 0 ? text : `0${text}`;
  return der('02', Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even);
};

/// makeKeyFile makes a key and its file (PEM); openKeyFile, `kioskward key show` and openssl read it.
export async function makeKeyFile(passphrase: string): Promise<{ key: PersonKey; pem: string }> {
  const pair = sm2.generateKeyPairHex();
  const key = { scalar: pair.privateKey, point: pair.publicKey };
  const algorithm = der('30', OIDS.ec, OIDS.sm2);
  const inner = der('30', positive(1), der('04', key.scalar), der('a1', der('03', `00${key.point}`)));
  const info = der('30', positive(0), algorithm, der('04', inner));
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const secret = await scryptAsync(new TextEncoder().encode(passphrase), salt, { ...COST, dkLen: 16 });
  const sealed = sm4.encrypt(octetsOf(info), secret, { mode: 'cbc', iv: hex(iv), padding: 'pkcs#7', output: 'array' });
  const kdf = der('30', OIDS.scrypt, der('30', der('04', hex(salt)), positive(COST.N), positive(COST.r), positive(COST.p)));
  const scheme = der('30', OIDS.pbes2, der('30', kdf, der('30', OIDS.sm4cbc, der('04', hex(iv)))));
  const octets = octetsOf(der('30', scheme, der('04', hex(sealed))));
  const text = btoa(String.fromCharCode(...octets)).replace(/.{64}/g, '$&\n').trimEnd();
  return { key, pem: `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${text}\n-----END ENCRYPTED PRIVATE KEY-----\n` };
}

/// spkiOf is the SubjectPublicKeyInfo in hex, what the platform keeps.
export function spkiOf(key: PersonKey): string {
  return `30593013${OIDS.ec}${OIDS.sm2}034200${key.point}`;
}

/// octetsToSign is what a signature covers: "kioskward:" kind ":v1", a zero octet, the payload.
export function octetsToSign(kind: string, payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`kioskward:${kind}:v1\0`);
  const out = new Uint8Array(head.length + payload.length);
  out.set(head);
  out.set(payload, head.length);
  return out;
}

/// signWith is SM2 with SM3 and the default identity, DER in hex.
export function signWith(key: PersonKey, message: Uint8Array): string {
  return sm2.doSignature(message, key.scalar, { der: true, hash: true, publicKey: key.point });
}
