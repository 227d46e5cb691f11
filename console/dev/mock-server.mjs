// A stand-in for kioskward-server, for looking at the console: serves dist and canned data. Never part of a build.
//   node dev/mock-server.mjs [port]      log in with any account named system, security, audit or operator; the code is any 6 digits
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { Data } from './mock-data.mjs';
import { checkSections, SECTIONS } from './mock-defence.mjs';
import { PICTURE } from './mock-camera.mjs';
import { answerCompliance } from './mock-compliance.mjs';
import { answerVault } from './mock-vault.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src blob:; connect-src 'self'";
const ROLES = { system: '系统管理员', security: '安全管理员', audit: '审计管理员', operator: '运维人员' };

export function startMock(port = 0) {
  const data = new Data();
  const live = new WebSocketServer({ noServer: true });
  const looks = new WebSocketServer({ noServer: true });
  const push = (message) => live.clients.forEach((c) => c.send(JSON.stringify(message)));
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock');
    if (!url.pathname.startsWith('/api/v1/')) return file(url.pathname, response);
    const body = await new Promise((done) => {
      let text = '';
      request.on('data', (chunk) => { text += chunk; }).on('end', () => done(text ? JSON.parse(text) : undefined));
    });
    const role = /kw_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    const { status, json, cookie, octets } = answer(data, push, { method: request.method, path: url.pathname.slice(7), query: url.searchParams, body, role });
    if (cookie !== undefined) response.setHeader('Set-Cookie', `kw_session=${cookie}; Path=/; HttpOnly; SameSite=Strict`);
    if (octets) {
      response.writeHead(status, { 'Content-Type': 'image/jpeg', 'X-Kw-Watermark': `${role} ${new Date().toISOString()}` });
      return response.end(octets);
    }
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(json === undefined ? undefined : JSON.stringify(json));
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/api/v1/live') live.handleUpgrade(request, socket, head, () => undefined);
    else if (/^\/api\/v1\/media\/\w+\/live\?purpose=/.test(request.url)) looks.handleUpgrade(request, socket, head, (look) => show(look));
    else socket.destroy();
  });
  return new Promise((done) => server.listen(port, '127.0.0.1', () => done({
    port: server.address().port, data, push,
    dropLive: () => live.clients.forEach((c) => c.terminate()),
    endLooks: () => looks.clients.forEach((c) => c.close()),
    close: () => { looks.clients.forEach((c) => c.terminate()); live.clients.forEach((c) => c.terminate()); server.closeAllConnections(); server.close(); },
  })));
}

function show(look) {
  const timer = setInterval(() => look.send(PICTURE), 100);
  look.on('close', () => clearInterval(timer));
}

function file(path, response) {
  let name = normalize(join(DIST, path === '/' ? 'index.html' : path));
  if (!name.startsWith(DIST) || !existsSync(name) || !statSync(name).isFile()) name = join(DIST, 'index.html');
  response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP });
  createReadStream(name).pipe(response);
}

const session = (role) => ({
  account: role, display_name: { system: '李敏', security: '陈志强', audit: '王芳', operator: '李四' }[role], role, csrf: 'mock',
  expires: new Date(Date.now() + 8 * 3600_000).toISOString(), idle_seconds: 900, regions: ['00000000000000000000000000000001'], password_expired: false,
});
const ok = (json, status = 200) => ({ status, json });
const refuse = (status, code, detail = '') => ({ status, json: { code, detail, trace: '5f3a09c1d2e4' } });

function answer(data, push, { method, path, query, body, role }) {
  const [, first, id, verb] = path.split('/');
  const key = `${method} /${first}${id ? '/:id' : ''}${verb ? `/${verb}` : ''}`;
  if (key === 'POST /session') return ROLES[body.account] && body.code !== '000000' ? { ...ok(session(body.account)), cookie: body.account } : refuse(401, 'unauthenticated');
  if (key === 'POST /activation' && !id) return ok({ totp_secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', activation: 'a1', totp_uri: 'otpauth://totp/Kioskward:security?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Kioskward' });
  if (path === '/activation/confirm') return { ...ok(session('security')), cookie: 'security' };
  if (!ROLES[role]) return refuse(401, 'unauthenticated');
  if (path === '/policies/check') return ok(data.check(body));
  if (path === '/audit/extracts') return key.startsWith('POST') ? ok(data.extracts().items[0], 201) : ok(data.extracts());
  if (path === '/store/rows') return ok(role === 'system' ? data.rowFindings() : { items: [] });
  if (first === 'compliance') return answerCompliance(data.compliance, { method, path, query, body, role }, ok, refuse) ?? refuse(404, 'not_found', path);
  if (first === 'vault' || first === 'landing') return answerVault(data.vault, role, { method, path, body }, ok, refuse) ?? refuse(404, 'not_found', path);
  if (path === '/policies/sections') return ok(SECTIONS);
  if (path === '/policies/sections/check') return ok(checkSections(body));
  switch (key) {
    case 'GET /session': return ok(session(role));
    case 'DELETE /session': return { status: 204, cookie: '' };
    case 'GET /overview': return ok(data.overview());
    case 'GET /witnesses': return ok(data.witnesses());
    case 'GET /sites': return ok({ items: data.sites });
    case 'POST /sites': return ok(data.addSite(body), 201);
    case 'GET /enrol-tokens': return ok({ items: data.tokens });
    case 'POST /enrol-tokens': return ok({ id: 'f'.repeat(32), token: 'KW1-7QXM-2RTD-9HVA-44PK', expires: new Date(Date.now() + 3600_000).toISOString() }, 201);
    case 'GET /enrolments': return ok({ items: data.enrolments });
    case 'POST /enrolments/:id/approve': return ok(data.decide(id, { state: 'approved', device: data.devices[0].id }, push));
    case 'POST /enrolments/:id/reject': return ok(data.decide(id, { state: 'rejected', reason: body.reason }, push));
    case 'GET /devices': return ok(data.devicePage(query));
    case 'GET /devices/:id': return data.device(id) ? ok(data.deviceDetail(id)) : refuse(404, 'not_found');
    case 'POST /devices/:id/release': return ok(data.order(id, 'release', body.reason, push), 202);
    case 'POST /devices/:id/cut': return ok(data.order(id, 'cut', body.reason, push), 202);
    case 'POST /devices/:id/disable': return ok(data.setLive(id, 'disabled', push));
    case 'POST /devices/:id/actions': return ok(data.act(body), 202);
    case 'POST /devices/:id/requests': return ok(data.camera.ask(id, role, body), 202);
    case 'GET /requests': return ok({ items: query.get('device') ? data.camera.requestsOf(query.get('device')) : data.administration.requests });
    case 'GET /requests/:id': return ok(data.administration.requests.find((r) => r.id === id));
    case 'POST /requests/:id/approve': return ok(data.administration.decide(id, 'approved', role, body.reason) ?? data.camera.decide(id, 'approved', role, body.reason));
    case 'POST /requests/:id/reject': return ok(data.administration.decide(id, 'rejected', role, body.reason) ?? data.camera.decide(id, 'rejected', role, body.reason));
    case 'GET /regions': return ok({ items: data.administration.regions });
    case 'GET /settings': return ok(data.administration.settings);
    case 'POST /settings': return ok(data.administration.hold('changeSettings', role, body), 202);
    case 'GET /sessions': return ok({ items: data.administration.sessions(role) });
    case 'GET /session/all': return ok({ items: data.administration.sessions(role).filter((s) => s.own) });
    case 'GET /api-tokens': return ok({ items: data.administration.tokens });
    case 'POST /users/:id/invite': return ok(data.invite(id));
    case 'POST /users/:id/change': return ok(data.administration.hold('changeUser', role, body), 202);
    case 'GET /devices/:id/media': return ok({ items: data.camera.mediaOf(id) });
    case 'GET /media/:id/content': return { status: 200, octets: PICTURE };
    case 'POST /media/:id/end': return ok(data.camera.end(id));
    case 'GET /devices/:id/baselines': return ok({ items: data.baselinesOf(id).map((b) => b.info) });
    case 'GET /baselines/:id': return data.baseline(id) ? ok(data.baseline(id)) : refuse(404, 'not_found');
    case 'POST /baselines/:id/approve': return ok(data.decideBaseline(id, 'approved', role, body.reason));
    case 'POST /baselines/:id/reject': return ok(data.decideBaseline(id, 'rejected', role, body.reason));
    case 'GET /policies': return ok({ items: data.policies.map((p) => p.info) });
    case 'POST /policies': return data.publish(body, refuse, ok);
    case 'GET /policies/:id': return ok(data.policies.find((p) => p.info.revision === Number(id)));
    case 'GET /alarms': return ok(data.alarmPage(query));
    case 'POST /alarms/:id/acknowledge': return ok(data.acknowledge(id, role, body.reason, push));
    case 'GET /audit': return role === 'audit' ? ok(data.auditPage(query)) : refuse(403, 'forbidden');
    case 'GET /audit/:id/proof': return ok(data.proof(Number(id)));
    case 'GET /exports': return role === 'audit' ? ok(data.exports.list()) : refuse(403, 'forbidden');
    case 'GET /export-profiles': return ok(data.exports.profiles());
    case 'POST /export-profiles/check': return ok(data.exports.check(body.text));
    case 'POST /export-profiles': return ok(data.exports.save(body), 201);
    case 'GET /exports/:id/refusals': return ok(data.exports.refusals());
    case 'POST /exports/:id/pause':
    case 'POST /exports/:id/resume':
    case 'POST /exports/:id/test': return data.exports.change(id, verb) ? ok(data.exports.change(id, verb)) : refuse(404, 'not_found');
    case 'GET /persons': return ok({ items: data.persons, next: '' });
    case 'POST /persons/find': return ok({ items: data.persons.filter((p) => !p.forgotten).slice(0, 1) });
    case 'GET /persons/:id': return ok({ person: data.persons.find((p) => p.id === id), entries: [1204, 17], devices: [], accounts: ['old-admin'], in_office: '' });
    case 'POST /persons/:id/forget': return ok(Object.assign(data.persons.find((p) => p.id === id), { forgotten: new Date().toISOString(), shown: '' }));
    case 'POST /audit/:id/personal': return ok({ index: Number(id), params: { custodian: '王建国', custodian_phone: '0755-82000000' } });
    case 'GET /users': return ok({ items: data.users });
    case 'POST /users': return body.account === 'system' ? refuse(409, 'already_exists', 'account system') : ok(data.administration.hold('createUser', role, body), 202);
    case 'POST /users/:id/disable': return ok(data.disableUser(id));
    case 'GET /event-types': return ok({ items: data.eventTypes });
    default: return refuse(404, 'not_found', path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock(Number(process.argv[2] ?? 8661));
  console.log(`console with canned data: http://127.0.0.1:${mock.port}/`);
}
