// One function for each operation of schemas/openapi.yaml that the console uses.
import { Client, type Options } from './client';
import type * as T from './types';

export const client = new Client();

type Items<X> = { items: X[] };
const seg = encodeURIComponent;

export const api = {
  session: () => client.get<T.Session>('/session'),
  login: (body: T.Login) => client.post<T.Session>('/session', body),
  logout: () => client.delete('/session'),
  beginActivation: (body: T.ActivationBegin) => client.post<T.ActivationSecret>('/activation', body),
  confirmActivation: (body: T.ActivationConfirm) => client.post<T.Session>('/activation/confirm', body),
  overview: (o: Options) => client.get<T.Overview>('/overview', o),
  sites: (o: Options = {}) => client.get<Items<T.Site>>('/sites', o),
  createSite: (body: T.SiteNew) => client.post<T.Site>('/sites', body),
  tokens: (o: Options = {}) => client.get<Items<T.EnrolToken>>('/enrol-tokens', o),
  createToken: (body: T.EnrolTokenNew) => client.post<T.EnrolTokenCreated>('/enrol-tokens', body),
  enrolments: (o: Options = {}) => client.get<Items<T.Enrolment>>('/enrolments', o),
  approve: (id: string, body: T.Binding) => client.post<T.Enrolment>(`/enrolments/${seg(id)}/approve`, body),
  reject: (id: string, reason: string) => client.post<T.Enrolment>(`/enrolments/${seg(id)}/reject`, { reason }),
  devices: (o: Options) => client.get<T.DevicePage>('/devices', o),
  device: (id: string, o: Options) => client.get<T.DeviceDetail>(`/devices/${seg(id)}`, o),
  release: (id: string, reason: string) => client.post<T.OrderInfo>(`/devices/${seg(id)}/release`, { reason }),
  cut: (id: string, reason: string) => client.post<T.OrderInfo>(`/devices/${seg(id)}/cut`, { reason }),
  disable: (id: string, reason: string) => client.post<T.Device>(`/devices/${seg(id)}/disable`, { reason }),
  act: (id: string, body: T.ActionNew) => client.post<T.OrderInfo>(`/devices/${seg(id)}/actions`, body),
  ask: (id: string, body: T.ActionNew) => client.post<T.RequestInfo>(`/devices/${seg(id)}/requests`, body),
  requests: (o: Options) => client.get<Items<T.RequestInfo>>('/requests', o),
  approveRequest: (id: string, reason: string) => client.post<T.RequestInfo>(`/requests/${seg(id)}/approve`, { reason }),
  rejectRequest: (id: string, reason: string) => client.post<T.RequestInfo>(`/requests/${seg(id)}/reject`, { reason }),
  media: (id: string, o: Options) => client.get<Items<T.MediaInfo>>(`/devices/${seg(id)}/media`, o),
  mediaContent: (id: string, purpose: string) => client.content(`/media/${seg(id)}/content`, { query: { purpose } }),
  endLive: (id: string, reason: string) => client.post<T.MediaInfo>(`/media/${seg(id)}/end`, { reason }),
  baselines: (id: string, o: Options) => client.get<Items<T.BaselineInfo>>(`/devices/${seg(id)}/baselines`, o),
  baseline: (id: string, o: Options) => client.get<T.BaselineDetail>(`/baselines/${seg(id)}`, o),
  approveBaseline: (id: string, reason: string) => client.post<T.BaselineInfo>(`/baselines/${seg(id)}/approve`, { reason }),
  rejectBaseline: (id: string, reason: string) => client.post<T.BaselineInfo>(`/baselines/${seg(id)}/reject`, { reason }),
  policies: (o: Options = {}) => client.get<Items<T.PolicyInfo>>('/policies', o),
  policy: (revision: number, o: Options = {}) => client.get<T.PolicyDetail>(`/policies/${revision}`, o),
  sections: (o: Options = {}) => client.get<T.SectionForms>('/policies/sections', o),
  checkSections: (body: T.Defence, o: Options) => client.post<T.PolicyCheck>('/policies/sections/check', body, o),
  checkPolicy: (body: T.NetworkTemplate, o: Options) => client.post<T.PolicyCheck>('/policies/check', body, o),
  publishPolicy: (body: T.PolicyPublish) => client.post<T.PolicyInfo>('/policies', body),
  alarms: (o: Options) => client.get<T.AlarmPage>('/alarms', o),
  acknowledge: (id: string, reason: string) => client.post<T.Alarm>(`/alarms/${seg(id)}/acknowledge`, { reason }),
  audit: (o: Options) => client.get<T.AuditPage>('/audit', o),
  proof: (index: number, o: Options = {}) => client.get<T.AuditProof>(`/audit/${index}/proof`, o),
  receipt: (index: number) => client.content(`/audit/${index}/receipt`),
  segments: (o: Options = {}) => client.get<Items<T.LedgerSegment>>('/ledger/segments', o),
  bundle: (number: number, purpose: string) => client.content(`/ledger/segments/${number}/bundle`, { query: { purpose } }),
  confirmExport: (number: number, body: T.ExportConfirmation) => client.post<T.LedgerSegment>(`/ledger/segments/${number}/confirm`, body),
  users: (o: Options = {}) => client.get<Items<T.User>>('/users', o),
  createUser: (body: T.UserNew) => client.post<T.UserCreated>('/users', body),
  disableUser: (id: string, reason: string) => client.post<T.User>(`/users/${seg(id)}/disable`, { reason }),
  eventTypes: (o: Options = {}) => client.get<Items<T.EventType>>('/event-types', o),
};
