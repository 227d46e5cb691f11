// What a person may do with a request, and what a request's order may still show; pure.
import type { MediaInfo, RequestInfo, Role } from '../../api/types';
import { may } from '../../session/roles';

/// mayDecide: who asked may take it back; the roles that may decide approve or reject what somebody else asks for.
export function mayDecide(request: RequestInfo, account: string, role: Role): { approve: boolean; reject: boolean } {
  const able = request.state === 'waiting' && may(role, 'approveRequest');
  return { approve: able && request.asked_by !== account, reject: able };
}

/// mayLook: a live view that was ordered and is not over.
export function mayLook(request: RequestInfo, media: MediaInfo[], role: Role, now: number): boolean {
  if (!may(role, 'lookLive') || request.section !== 'camera' || request.action !== 'live' || !request.order) return false;
  const record = media.find((m) => m.id === request.order);
  if (record) return record.state === 'arriving';
  const decided = Date.parse(request.decided || request.asked);
  return Number.isFinite(decided) && now - decided < 10 * 60_000;  // an order to look is good for ten minutes
}

export function secondsOf(request: RequestInfo): number {
  const seconds = Number(request.args.seconds);
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 300 ? seconds : 60;
}
