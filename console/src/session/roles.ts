// The pages of the console and who may open them; the server decides every request again.
import type { Role } from '../api/types';

export type PageName = 'home' | 'devices' | 'enrolments' | 'sites' | 'policy' | 'alarms' | 'audit' | 'exports' | 'users';

export const PAGES: { name: PageName; path: string; roles: Role[] }[] = [
  { name: 'home', path: '/', roles: ['system', 'security', 'audit'] },
  { name: 'devices', path: '/devices', roles: ['system', 'security'] },
  { name: 'enrolments', path: '/enrolments', roles: ['security'] },
  { name: 'sites', path: '/sites', roles: ['system', 'security'] },
  { name: 'policy', path: '/policy', roles: ['security'] },
  { name: 'alarms', path: '/alarms', roles: ['security', 'audit'] },
  { name: 'audit', path: '/audit', roles: ['audit'] },
  { name: 'exports', path: '/exports', roles: ['audit'] },
  { name: 'users', path: '/users', roles: ['system', 'audit'] },
];

export function mayOpen(role: Role, page: PageName): boolean {
  return PAGES.some((p) => p.name === page && p.roles.includes(role));
}
