// Canned targets of audit export for the mock server: one up to date, one stalled, one paused.
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const target = (name, kind, address, over) => ({
  name, kind, address, profile: 'ab'.repeat(32), state: 'idle', paused: false, stalled: false, cursor: 137, size: 137, lag: 0, oldest: '',
  sent: 137, refused: 0, aside: 0, batch: 500, attempts: 0, strays: 0, last_success: ago(4), last_error: '', ...over,
});

const profile = (name, source, version, text) => ({ name, source, version, kind: 'http', address: 'https://collector.example/x', digest: 'cd'.repeat(32), text, problem: '', saved_by: version ? 'audit' : '', saved: version ? ago(3000) : '', reason: version ? 'r' : '' });

export class MockExports {
  constructor() {
    this.targets = [
      target('city-syslog', 'syslog', 'tls://log.example:6514', { strays: 2 }),
      target('police-soap', 'soap', 'https://audit.example:8443/services/LogService', {
        state: 'backing_off', stalled: true, cursor: 90, lag: 47, oldest: ago(2400), sent: 88, refused: 1, aside: 1, attempts: 9, last_success: ago(2500), last_error: 'timeout: connect',
      }),
      target('soc', 'http', 'https://collector.example/ingest', { state: 'paused', paused: true, cursor: 120, lag: 17, oldest: ago(700), last_success: ago(720) }),
    ];
    this.kept = [profile('syslog-tls', 'shipped', 0, 'name = "syslog-tls"\nkind = "syslog"\n'), profile('city', 'saved', 2, 'name = "city"\nkind = "http"\n')];
  }
  list() { return { items: this.targets }; }
  profiles() { return { items: this.kept }; }
  check(text) { return text.includes('kind') ? { ok: true, problems: [] } : { ok: false, problems: [{ line: 1, key: 'kind', reason: 'syslog, soap, files or http' }] }; }
  save(body) {
    const one = profile('city', 'saved', body.base + 1, body.text);
    this.kept = [...this.kept.filter((p) => p.source !== 'saved' || p.name !== one.name), one];
    return one;
  }
  refusals() { return { items: [{ index: 61, number: '512345000000000061', code: 'E107', time: ago(5000), whole: true, state: 'refused', settled: '' }] }; }
  change(name, verb) {
    const one = this.targets.find((t) => t.name === name);
    if (!one) return undefined;
    if (verb === 'test') one.test = { time: ago(0), number: '512345999012345678', result: 'success', detail: '' };
    else Object.assign(one, verb === 'pause' ? { paused: true, state: 'paused' } : { paused: false, state: 'idle' });
    return one;
  }
}
