import { describe, expect, it } from 'vitest';
import { idleVerdict } from './idle';
import { passwordHints } from './password';
import { can, CITY, ENDS, may, opens, mayOpen, PAGES, ROLES, tokenOperations } from './roles';

describe('idleVerdict', () => {
  const base = { now: 1_000_000, lastActivity: 1_000_000, lastAnswer: 1_000_000, expires: 9_000_000, idleSeconds: 600 };
  it('leaves a working person alone', () => expect(idleVerdict(base)).toEqual({ kind: 'active' }));
  it('warns a minute before the end and counts down', () => {
    expect(idleVerdict({ ...base, lastActivity: base.now - 541_000 })).toEqual({ kind: 'warn', seconds: 59 });
    expect(idleVerdict({ ...base, lastActivity: base.now - 539_000 })).toEqual({ kind: 'active' });
  });
  it('ends an idle session and one that is over', () => {
    expect(idleVerdict({ ...base, lastActivity: base.now - 600_000 })).toEqual({ kind: 'ended', why: 'idle' });
    expect(idleVerdict({ ...base, now: base.expires })).toEqual({ kind: 'ended', why: 'expired' });
  });
  it('tells the server about a person who works without requests', () => {
    expect(idleVerdict({ ...base, lastAnswer: base.now - 151_000 })).toEqual({ kind: 'keep_alive' });
    expect(idleVerdict({ ...base, lastAnswer: base.now - 149_000 })).toEqual({ kind: 'active' });
    expect(idleVerdict({ ...base, lastActivity: base.now - 200_000, lastAnswer: base.now - 160_000 })).toEqual({ kind: 'active' });
  });
});

describe('passwordHints', () => {
  it('accepts a good password', () => {
    expect(passwordHints('Blue-kettle-93!', 'sec')).toEqual({ length: true, classes: true, account: true, variety: true });
  });
  it.each([
    ['Short1!', 'x', 'length'], ['alllowercaseaz', 'x', 'classes'], ['xxSecurity99!!', 'security', 'account'],
    ['Blue-kettle-1234', 'x', 'variety'], ['Blue-kettle-9876', 'x', 'variety'], ['Blue-kettleaaaa1', 'x', 'variety'],
  ] as const)('%s misses a hint', (password, account, hint) => expect(passwordHints(password, account)[hint]).toBe(false));
  it('promises nothing for an empty password', () => {
    expect(Object.values(passwordHints('', '')).some(Boolean)).toBe(false);
  });
});

describe('roles', () => {
  const pages = (role: 'system' | 'security' | 'audit') => PAGES.filter((p) => p.roles.includes(role)).map((p) => p.name);
  it('open what each role may use', () => {
    expect(pages('system')).toEqual(['home', 'devices', 'sites', 'requests', 'signings', 'users', 'compliance', 'vault', 'persons', 'settings']);
    expect(pages('security')).toEqual(['home', 'devices', 'enrolments', 'sites', 'policy', 'alarms', 'requests', 'signings', 'compliance', 'vault', 'settings']);
    expect(pages('audit')).toEqual(['home', 'alarms', 'requests', 'signings', 'audit', 'exports', 'users', 'compliance', 'vault', 'persons', 'settings']);
  });
  it('keep the rest shut', () => {
    expect(mayOpen('system', 'policy')).toBe(false);
    expect(mayOpen('security', 'audit')).toBe(false);
    expect(mayOpen('security', 'exports')).toBe(false);
    expect(mayOpen('system', 'exports')).toBe(false);
    expect(mayOpen('audit', 'enrolments')).toBe(false);
    expect(mayOpen('inspector', 'vault')).toBe(false);
    for (const role of ROLES) expect(may(role, 'noSuchOperation')).toBe(false);
  });
  it('let an operator reach the cases of his regions', () => {
    expect(opens({ role: 'operator', regions: ['a'.repeat(32)] }, 'vault')).toBe(true);
    expect(ROLES.filter((role) => may(role, 'getVault'))).toEqual(PAGES.find((p) => p.name === 'vault')?.roles);
  });
  it('follow the operations of the table', () => {
    expect(ROLES.filter((role) => may(role, 'publishPolicy'))).toEqual(['security']);
    expect(ROLES.filter((role) => may(role, 'createUser'))).toEqual(['system']);
    expect(ROLES.filter((role) => may(role, 'getSession'))).toEqual(ROLES);
    expect(ENDS).toEqual(['assessor']);
  });
  it('stop where the region of a person ends', () => {
    const city = { role: 'system' as const, regions: [CITY] }, district = { role: 'system' as const, regions: ['a'.repeat(32)] };
    expect(can(city, 'listUsers')).toBe(true);
    expect(can(district, 'listUsers')).toBe(false);
    expect(can(district, 'listSites')).toBe(true);
    expect(opens(city, 'users')).toBe(true);
    expect(opens(district, 'users')).toBe(false);
    expect(opens(district, 'sites')).toBe(true);
    expect(opens(district, 'audit')).toBe(false);
  });
  it('give a token nothing that takes two persons or a password', () => {
    const operations = tokenOperations('security');
    expect(operations).toContain('listDevices');
    for (const never of ['publishPolicy', 'releaseDevice', 'createApiToken', 'createUser']) expect(operations).not.toContain(never);
  });
});
