// Canned compliance of the mock server: the shipped requirements by their own words, with statuses that follow from their IDs.
import { readFileSync } from 'node:fs';

const CATALOGUE = new URL('../../catalogue/compliance/503.7/', import.meta.url);
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const id = (n) => n.toString(16).padStart(32, '0');
const STATUSES = ['met_measured', 'met_attested', 'partly', 'not_met', 'not_applicable', 'unknown'];
const WEIGHT = { none: 0, minor: 1, ordinary: 2, serious: 4, critical: 8 };
const CREDIT = { met_measured: 1, met_attested: 1, partly: 0.5 };
const text = (toml, key) => new RegExp(`^${key} = "(.*)"`, 'm').exec(toml)?.[1] ?? '';
const words = (toml, key) => { const found = new RegExp(`^${key} = \\{ zh = "(.*)", en = "(.*)" \\}`, 'm').exec(toml); return { zh: found?.[1] ?? '', en: found?.[2] ?? '' }; };
const list = (toml, key) => [...(new RegExp(`^${key} = \\[(.*)\\]`, 'm').exec(toml)?.[1] ?? '').matchAll(/"(.*?)"/g)].map((one) => one[1]);

function check(toml) {
  const kind = text(toml, 'fact') ? 'fact' : text(toml, 'record') ? 'record' : text(toml, 'must') === 'not_happen' ? 'no_event' : 'event';
  const what = text(toml, 'fact') || text(toml, 'record');
  return {
    name: text(toml, 'name'), kind, what: words(toml, 'what'), decides: !/^decides = false/m.test(toml), looks_at: what ? [what] : list(toml, 'event'), settled_by: list(toml, 'settled_by'),
    roles: kind === 'record' ? ['security', 'system'] : [], has_to_be: list(toml, 'is').length ? `one of: ${list(toml, 'is').join(', ')}` : kind === 'fact' ? 'empty' : '', within_seconds: kind.endsWith('event') ? 2_592_000 : 0,
    stale_seconds: kind === 'record' ? 0 : 86_400, valid_seconds: kind === 'record' ? 31_536_000 : 0, fields: list(toml, 'fields').map((name) => ({ name, has_to_be: '' })), file: /^file = true/m.test(toml),
  };
}
const RULES = readFileSync(new URL('ids.txt', CATALOGUE), 'utf8').trim().split('\n').map((name, i) => {
  const toml = readFileSync(new URL(`${name}/rule.toml`, CATALOGUE), 'utf8');
  const [head, ...checks] = toml.split('[[check]]');
  const clause = text(head, 'clause');
  return {
    row: { id: name, clause, chapter: clause.split(/[.-]/)[0], modality: text(head, 'modality'), severity: text(head, 'severity'), scope: text(head, 'scope'), title: words(head, 'title') },
    advice: words(head, 'advice'), leaves_open: words(head, 'leaves_open'), attested_by: list(head, 'attested_by'), also: list(head, 'also'), may_not_apply: /^may_not_apply = true/m.test(head), checks: checks.map(check), seed: i * 7 + name.length,
  };
});
const SUBJECTS = [
  { subject: 'platform', name: '', site_name: '' }, { subject: `site:${id(1)}`, name: '市民中心', site_name: '' },
  { subject: `device:${id(0x11)}`, name: 'FT-01', site_name: '市民中心' }, { subject: `device:${id(0x12)}`, name: 'FT-02', site_name: '市民中心' }, { subject: `device:${id(0x13)}`, name: 'NS-07', site_name: '南山行政服务大厅' },
];
const kind = (subject) => subject.split(':')[0];
const status = (rule, subject) => STATUSES[[0, 0, 0, 1, 2, 0, 3, 5, 0, 1, 0, 5, 0, 4, 0, 0][(rule.seed + subject.length + subject.charCodeAt(subject.length - 1)) % 16]];
const none = () => Object.fromEntries(STATUSES.map((one) => [one, 0]));

export class MockCompliance {
  constructor() {
    this.records = [{
      id: id(0xcc1), subject: `site:${id(1)}`, name: '市民中心', record: 'ground-test', requirement: '', reference: 'SZ-J-2026-118', issuer: '市计量质量检测研究院', valid_from: ago(86_400 * 200), valid_until: ago(-86_400 * 20), fields: { instrument: 'ZC-8', resistance_ohm: '2.1' },
      reason: '', file_name: 'report.pdf', file_digest: '5c'.repeat(32), who: 'inspector.li', role: 'inspector', second_who: '', filed: ago(86_400 * 199), withdrawn: '', withdrawn_by: '', withdrawn_why: '',
    }];
  }
  members(subject) {
    if (!subject || subject.startsWith('region:')) return SUBJECTS;
    return SUBJECTS.filter((one) => one.subject === subject || (subject.startsWith('site:') && one.site_name === '市民中心'));
  }
  counts(rule, subject) {
    const out = none();
    for (const one of this.members(subject)) if (kind(one.subject) === rule.row.scope) out[status(rule, one.subject)] += 1;
    return out;
  }
  score(rules, subject) {
    const counts = none();
    let earned = 0, possible = 0;
    for (const rule of rules) for (const [word, count] of Object.entries(this.counts(rule, subject))) {
      counts[word] += count;
      if (word === 'not_applicable') continue;
      possible += WEIGHT[rule.row.severity] * count;
      earned += WEIGHT[rule.row.severity] * count * (CREDIT[word] ?? 0);
    }
    return { ...(possible ? { hundredths: Math.floor((earned * 10_000) / possible) } : {}), counts };
  }
  row(rule, subject) {
    const counts = this.counts(rule, subject);
    const of = this.members(subject).filter((one) => kind(one.subject) === rule.row.scope);
    return { ...rule.row, ...(of.length === 1 && subject ? { status: status(rule, of[0].subject), since: ago(86_400 * (rule.seed % 30)) } : {}), counts };
  }
  rows(subject) { return RULES.map((rule) => this.row(rule, subject)).filter((one) => Object.values(one.counts).some((count) => count > 0)); }
  sum(subject) {
    const score = this.score(RULES, subject);
    const trend = [...Array(30).keys()].map((i) => ({ day: ago(86_400 * (29 - i)).slice(0, 10), score: { ...score, hundredths: Math.max(0, (score.hundredths ?? 0) - (29 - i) * 60 + (i % 5) * 90) } }));
    const of = this.members(subject);
    return {
      available: true, subject, name: of.length === 1 ? of[0].name : '', score, devices: of.filter((one) => kind(one.subject) === 'device').length, sites: of.filter((one) => kind(one.subject) === 'site').length, platform: of.some((one) => one.subject === 'platform'), waiting: 0,
      chapters: [...new Set(RULES.map((rule) => rule.row.chapter))].map((chapter) => ({ chapter, score: this.score(RULES.filter((rule) => rule.row.chapter === chapter), subject) })).filter((one) => Object.values(one.score.counts).some((count) => count > 0)), trend,
    };
  }
  detail(name, subject) {
    const rule = RULES.find((one) => one.row.id === name);
    if (!rule) return undefined;
    const at = this.members(subject).filter((one) => kind(one.subject) === rule.row.scope).map((one) => ({ ...one, status: status(rule, one.subject) }));
    const single = at.length === 1 ? at[0] : undefined;
    const reason = (one, i) => (single.status === 'not_met' && i === rule.checks.length - 1 ? { outcome: 'fails', why: one.kind === 'record' ? 'expired' : 'differs', used: one.looks_at[0], value: one.kind === 'fact' ? 'wlan0' : '', age_seconds: 190 } : single.status === 'unknown' ? { outcome: 'unknown', why: 'stale', used: one.looks_at[0], value: '', age_seconds: 190_000 } : { outcome: 'holds', why: 'holds', used: one.looks_at[0], value: '', age_seconds: 4 });
    return {
      requirement: { ...this.row(rule, subject), ...(single ? { status: single.status } : {}) }, advice: rule.advice, leaves_open: rule.leaves_open, attested_by: rule.attested_by, also: rule.also, may_not_apply: rule.may_not_apply, checks: rule.checks.map((one, i) => (single ? { ...one, reason: reason(one, i) } : one)), others: [],
      ...(single ? { holds_until: ago(-80_000) } : {}), history: single ? this.changes(subject).filter((one) => one.requirement === name) : [], at,
    };
  }
  changes(subject) {
    return this.members(subject).flatMap((one, i) => RULES.filter((rule) => rule.row.scope === kind(one.subject) && rule.seed % 9 === i).map((rule) => ({ subject: one.subject, name: one.name, requirement: rule.row.id, time: ago(3600 * (rule.seed % 48)), before: 'unknown', after: status(rule, one.subject) })));
  }
  raises(subject) {
    const all = this.score(RULES, subject);
    return RULES.map((rule) => ({ rule, counts: this.counts(rule, subject) })).map(({ rule, counts }) => ({ requirement: rule.row.id, clause: rule.row.clause, severity: rule.row.severity, title: rule.row.title, advice: rule.advice, subjects: counts.not_met + counts.unknown + counts.partly, gain_hundredths: WEIGHT[rule.row.severity] * (2 * counts.not_met + 2 * counts.unknown + counts.partly) * 6 }))
      .filter((one) => one.subjects > 0 && all).sort((a, b) => b.gain_hundredths - a.gain_hundredths);
  }
}

export function answerCompliance(data, { method, path, query, body, role }, ok, refuse) {
  const [, , part, name, verb] = path.split('/');
  const subject = query.get('subject') ?? '';
  const most = Number(query.get('limit') ?? 50);
  if (!part) return ok(data.sum(subject));
  if (part === 'requirements' && name) return data.detail(name, subject) ? ok(data.detail(name, subject)) : refuse(404, 'not_found', 'requirement');
  if (part === 'requirements') return ok({ items: data.rows(subject).filter((one) => (!query.get('status') || one.counts[query.get('status')] > 0) && (!query.get('chapter') || one.chapter === query.get('chapter'))) });
  if (part === 'subjects') return ok({ items: data.members(subject).map((one) => ({ ...one, score: data.score(RULES, one.subject) })).sort((a, b) => (a.score.hundredths ?? 0) - (b.score.hundredths ?? 0)).slice(0, most) });
  if (part === 'raises') return ok({ items: data.raises(subject).slice(0, most) });
  if (part === 'ending') return ok({ items: data.records.filter((one) => !one.withdrawn).map((one) => ({ subject: one.subject, name: one.name, requirement: '5.2-b.1', title: RULES.find((rule) => rule.row.id === '5.2-b.1').row.title, until: one.valid_until })) });
  if (part === 'changes') return ok({ items: data.changes(subject).slice(0, most) });
  if (part === 'statements') return ok({ id: id(0xdd1), operation: 'declareNotApplicable', state: 'waiting' }, 202);
  if (part === 'records' && method === 'GET') return ok({ items: data.records });
  if (part === 'records' && verb === 'withdraw') return ok(Object.assign(data.records.find((one) => one.id === name), { withdrawn: ago(0), withdrawn_by: role, withdrawn_why: body.reason }));
  if (part !== 'records') return undefined;
  const record = { id: id(0xcc2 + data.records.length), name: SUBJECTS.find((one) => one.subject === body.subject)?.name ?? '', requirement: '', reason: '', file_name: '', file_digest: '', who: role, role, second_who: '', filed: ago(0), withdrawn: '', withdrawn_by: '', withdrawn_why: '', ...body };
  data.records.unshift(record);
  return ok(record, 201);
}
