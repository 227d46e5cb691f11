// What the console reads of a profile's text by itself: its name, to know which version a text that was begun anew follows.
import type { ExportProfile } from '../../api/types';

/// nameOf gives the top-level `name` of a profile; empty where there is none.
export function nameOf(text: string): string {
  for (const line of text.split('\n')) {
    if (/^\s*\[/.test(line)) return '';
    const found = /^\s*name\s*=\s*"([^"]*)"/.exec(line);
    if (found) return found[1] ?? '';
  }
  return '';
}

/// parsedAs is the newest saved version of the profile that the text names; 0 where it is new.
export function parsedAs(text: string, profiles: ExportProfile[]): number {
  const name = nameOf(text);
  return profiles.find((p) => p.source === 'saved' && p.name === name)?.version ?? 0;
}
