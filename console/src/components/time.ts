// localTime and utcTime write an RFC 3339 time to the second, as a person reads it; empty when it is no time.

function parts(value: string): Date | undefined {
  const time = value ? new Date(value) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}
const two = (n: number) => String(n).padStart(2, '0');

export function localTime(value: string): string {
  const d = parts(value);
  if (!d) return '';
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export function utcTime(value: string): string {
  return parts(value)?.toISOString().slice(0, 19).replace('T', ' ') ?? '';
}
