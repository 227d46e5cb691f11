// A baseline's content in lines, so that a person can read it and see what differs from the one approved before.
import { briefOf } from './sections';

/// linesOfContent gives a line for each plain field and for each element of a list, in the content's own order.
export function linesOfContent(content: unknown, prefix = ''): string[] {
  if (typeof content !== 'object' || content === null) return [];
  return Object.entries(content).flatMap(([name, value]) => {
    const path = prefix + name;
    if (Array.isArray(value)) return value.map((element) => `${path}: ${briefOf(element)}`);
    if (typeof value === 'object' && value !== null) return linesOfContent(value, `${path}.`);
    return [`${path} = ${value === '' ? '—' : String(value)}`];
  });
}

export interface LineChange { added: boolean; line: string }

/// diffLines tells which lines came and which went; the order of lines does not count, their number does.
export function diffLines(from: string[], to: string[]): LineChange[] {
  const left = new Map<string, number>();
  for (const line of from) left.set(line, (left.get(line) ?? 0) + 1);
  const added = to.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
  const removed = from.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count > 0;
  });
  return [...added.map((line) => ({ added: true, line })), ...removed.map((line) => ({ added: false, line }))];
}
