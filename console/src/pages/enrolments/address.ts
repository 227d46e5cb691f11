// Shapes of addresses as they are typed; the server decides whether they may be bound.

const V4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const V6 = /^[0-9a-f:]*:[0-9a-f:.]*$/i;

/// hostOf is an address without its prefix length and without its port.
export function hostOf(text: string): string {
  const address = text.split('/')[0] ?? '';
  const bracketed = /^\[(.*)\](:\d+)?$/.exec(address);
  if (bracketed) return (bracketed[1] as string).toLowerCase();
  const v4 = /^([0-9.]+):\d+$/.exec(address);
  return (v4 ? (v4[1] as string) : address).toLowerCase();
}

export const looksLikeAddress = (text: string) => V4.test(text) || V6.test(text);
export const looksLikeMac = (text: string) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text);

/// looksLikePrefix wants the prefix length too: "10.66.0.10/24", "fd00::10/64".
export function looksLikePrefix(text: string): boolean {
  const [address, length, ...rest] = text.split('/');
  if (rest.length || address === undefined || length === undefined || !/^\d{1,3}$/.test(length)) return false;
  return looksLikeAddress(address) && Number(length) <= (V4.test(address) ? 32 : 128);
}
