// What the compliance page shows of numbers: scores, spans of time, and which words a rule has in the chosen language.
import type { ComplianceCounts, ComplianceScore, ComplianceStatus, ComplianceWords } from '../../api/types';
import type { Key, Lang } from '../../i18n/translate';

/// STATUSES in the order in which they are shown: what has to be mended first.
export const STATUSES: ComplianceStatus[] = ['not_met', 'unknown', 'partly', 'met_attested', 'met_measured', 'not_applicable'];

export const words = (lang: Lang, of: ComplianceWords) => (lang === 'en' ? of.en : of.zh);

/// percent shows hundredths of a percent, "87.42%"; "—" where nothing applies.
export function percent(score: Pick<ComplianceScore, 'hundredths'>): string {
  return score.hundredths === undefined ? '—' : `${(score.hundredths / 100).toFixed(2)}%`;
}

/// The whole unit that a span of seconds is told in.
export function span(seconds: number): { key: Key; count: number } {
  if (seconds >= 172_800) return { key: 'compliance.days', count: Math.floor(seconds / 86_400) };
  if (seconds >= 3600) return { key: 'compliance.hours', count: Math.floor(seconds / 3600) };
  if (seconds >= 60) return { key: 'compliance.minutes', count: Math.floor(seconds / 60) };
  return { key: 'compliance.seconds', count: seconds };
}

/// shown gives the statuses that occur, in their order.
export function shown(counts: ComplianceCounts): { status: ComplianceStatus; count: number }[] {
  return STATUSES.map((status) => ({ status, count: counts[status] })).filter((one) => one.count > 0);
}

/// line gives the points of a trend within a box, oldest left, 0 % at the bottom; days that are missing leave a gap in x.
export function line(trend: { day: string; score: ComplianceScore }[], width: number, height: number): { x: number; y: number; day: string; score: ComplianceScore }[] {
  const known = trend.filter((one) => one.score.hundredths !== undefined);
  if (known.length === 0) return [];
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;
  const first = at(known[0]!.day);
  const last = at(known[known.length - 1]!.day);
  return known.map((one) => ({
    x: last === first ? width : ((at(one.day) - first) / (last - first)) * width,
    y: height - ((one.score.hundredths ?? 0) / 10_000) * height,
    day: one.day,
    score: one.score,
  }));
}

/// kindOf is what a selector names: "device" of "device:0190…"; empty for everything.
export function kindOf(subject: string): string {
  return subject.split(':')[0] ?? '';
}

const LIST = '(.+?)(?=, (?:none of: |empty$|not empty$|at least |at most |a time )|$)';
const WANTED: { form: RegExp; key: Key }[] = [
  { form: new RegExp(`^one of: ${LIST}`), key: 'compliance.wanted.oneOf' },
  { form: new RegExp(`^none of: ${LIST}`), key: 'compliance.wanted.noneOf' },
  { form: /^a time at most (\d+[mhd]) ago/, key: 'compliance.wanted.newer' },
  { form: /^at least (-?\d+)/, key: 'compliance.wanted.atLeast' },
  { form: /^at most (-?\d+)/, key: 'compliance.wanted.atMost' },
  { form: /^not empty/, key: 'compliance.wanted.notEmpty' },
  { form: /^empty/, key: 'compliance.wanted.empty' },
  { form: /^there/, key: 'compliance.wanted.there' },
];

/// wantedText words what a value has to be (src/compliance/comparison.cpp, text_of); what it does not know it leaves.
export function wantedText(t: (key: Key, params?: Record<string, string>) => string, text: string): string {
  const out: string[] = [];
  for (let rest = text; rest;) {
    const found = WANTED.map(({ form, key }) => ({ match: form.exec(rest), key })).find(({ match }) => match);
    if (!found?.match) return text;
    out.push(t(found.key, { what: found.match[1] ?? '' }));
    rest = rest.slice(found.match[0].length).replace(/^, /, '');
  }
  return out.join(t('compliance.wanted.and'));
}
