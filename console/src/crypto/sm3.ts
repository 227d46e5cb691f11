// sm3 is the hash of GB/T 32905-2016 (GM/T 0004-2012) over whole messages held in memory.

const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

// JavaScript takes shift counts modulo 32, so that n and 32 - n work for every n, 0 and 32 included.
const rot = (x: number, n: number) => ((x << n) | (x >>> (32 - n))) >>> 0;
const p0 = (x: number) => (x ^ rot(x, 9) ^ rot(x, 17)) >>> 0;
const p1 = (x: number) => (x ^ rot(x, 15) ^ rot(x, 23)) >>> 0;

function compress(state: Uint32Array, block: DataView): void {
  const w = new Uint32Array(68);
  for (let j = 0; j < 16; j++) w[j] = block.getUint32(j * 4);
  const at = (j: number) => w[j] as number;
  for (let j = 16; j < 68; j++) {
    w[j] = p1(at(j - 16) ^ at(j - 9) ^ rot(at(j - 3), 15)) ^ rot(at(j - 13), 7) ^ at(j - 6);
  }
  let [a, b, c, d, e, f, g, h] = Array.from(state) as [number, number, number, number, number, number, number, number];
  for (let j = 0; j < 64; j++) {
    const t = j < 16 ? 0x79cc4519 : 0x7a879d8a;
    const ss1 = rot((rot(a, 12) + e + rot(t, j)) >>> 0, 7);
    const ss2 = ss1 ^ rot(a, 12);
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + ss2 + (at(j) ^ at(j + 4))) >>> 0;
    const tt2 = (gg + h + ss1 + at(j)) >>> 0;
    d = c; c = rot(b, 9); b = a; a = tt1;
    h = g; g = rot(f, 19); f = e; e = p0(tt2);
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] as number) ^ value; });
}

/// sm3 hashes a message; the digest is 32 octets.
export function sm3(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(((message.length + 8) >> 6) * 64 + 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  const state = Uint32Array.from(IV);
  for (let at = 0; at < padded.length; at += 64) compress(state, new DataView(padded.buffer, at, 64));
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  state.forEach((word, i) => out.setUint32(i * 4, word));
  return digest;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/// fromHex reads lower or upper case hex; undefined when it is anything else.
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(i * 2, i * 2 + 2), 16));
}
