// The pages of the console and who may do what, from the platform's own table; the server decides every request again.
import table from '../../../schemas/permissions.json';
import type { Role, Session } from '../api/types';

export type PageName = 'home' | 'devices' | 'enrolments' | 'sites' | 'policy' | 'alarms' | 'requests' | 'signings' | 'audit' | 'exports' | 'users' | 'compliance' | 'vault' | 'persons' | 'settings';

const PATHS: { name: PageName; path: string }[] = [
  { name: 'home', path: '/' }, { name: 'devices', path: '/devices' }, { name: 'enrolments', path: '/enrolments' },
  { name: 'sites', path: '/sites' }, { name: 'policy', path: '/policy' }, { name: 'alarms', path: '/alarms' },
  { name: 'requests', path: '/requests' }, { name: 'signings', path: '/signings' }, { name: 'audit', path: '/audit' }, { name: 'exports', path: '/exports' }, { name: 'users', path: '/users' },
  { name: 'compliance', path: '/compliance' }, { name: 'vault', path: '/vault' }, { name: 'persons', path: '/persons' }, { name: 'settings', path: '/settings' },
];

export const ROLES = table.roles.map(({ role }) => role as Role);
/// ENDS are the roles whose accounts need a last day.
export const ENDS = table.roles.filter((r) => 'ends' in r && r.ends).map(({ role }) => role as Role);

function rolesOf(roles: string | string[]): Role[] {
  return roles === 'all' ? ROLES : ROLES.filter((role) => roles.includes(role));
}

export const PAGES: { name: PageName; path: string; roles: Role[] }[] = PATHS.map((page) => ({
  ...page, roles: rolesOf(table.pages.find((p) => p.page === page.name)?.roles ?? []),
}));

const OPERATIONS = new Map(table.operations.map((o) => [o.operation, o]));

export function mayOpen(role: Role, page: PageName): boolean {
  return PAGES.some((p) => p.name === page && p.roles.includes(role));
}

/// may tells whether a role may use an operation of the API. Ask before asking the server: each refusal is an alarm.
export function may(role: Role, operation: string): boolean {
  return rolesOf(OPERATIONS.get(operation)?.roles ?? []).includes(role);
}

/// CITY is the region above all others.
export const CITY = '00000000000000000000000000000001';

/// can tells whether this person may: by role, and by region where the operation reaches the whole city.
export function can(session: Pick<Session, 'role' | 'regions'>, operation: string): boolean {
  return may(session.role, operation) && (OPERATIONS.get(operation)?.scope !== 'city' || session.regions.includes(CITY));
}

/// opens tells whether this person opens a page: by role, and what the page asks for first.
export function opens(session: Pick<Session, 'role' | 'regions'>, page: PageName): boolean {
  const row = table.pages.find((p) => p.page === page);
  return mayOpen(session.role, page) && (!row || !('needs' in row) || !row.needs || can(session, row.needs));
}

/// tokenOperations are those that a machine's token of this role may have.
export function tokenOperations(role: Role): string[] {
  return table.operations
    .filter((o) => may(role, o.operation) && (o.second ?? 'never') === 'never' && !o.reauth)
    .map((o) => o.operation);
}
