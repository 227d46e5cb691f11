// apiPage makes the API's documentation from schemas/openapi.yaml and schemas/permissions.json: plain HTML without script.
// The build writes it beside the console (vite.config.ts); the server serves it like any file of it, as /api.html.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Dict = { [key: string]: Json };
interface Table { roles: { role: string }[]; operations: { operation: string; roles: string | string[]; scope: string; second?: string; reauth?: boolean; anonymous?: boolean }[] }

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const isDict = (value: Json | undefined): value is Dict => typeof value === 'object' && value !== null && !Array.isArray(value);
const dict = (value: Json | undefined): Dict => (isDict(value) ? value : {});
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const word = (value: Json | undefined): string => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

export function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/// typeOf words a schema: a link for a named one, its type and bounds for any other.
export function typeOf(schema: Json | undefined): string {
  const s = dict(schema);
  if (typeof s.$ref === 'string') {
    const name = s.$ref.split('/').pop() ?? '';
    return `<a href="#${escape(name)}">${escape(name)}</a>`;
  }
  if (Array.isArray(s.oneOf)) return s.oneOf.map(typeOf).join(' | ');
  if (Array.isArray(s.enum)) return s.enum.map((v) => `<code>${escape(JSON.stringify(v))}</code>`).join(' | ');
  if (s.const !== undefined) return `<code>${escape(JSON.stringify(s.const))}</code>`;
  if (s.type === 'array') return `${typeOf(s.items)}[]`;
  if (s.type === 'object' && isDict(s.properties)) {
    const required = list(s.required);
    return `{ ${Object.entries(s.properties).map(([name, value]) => `${escape(name)}${required.includes(name) ? '' : '?'}: ${typeOf(value)}`).join(', ')} }`;
  }
  if (s.type === 'object' && isDict(s.additionalProperties)) return `{ [name]: ${typeOf(s.additionalProperties)} }`;
  const bounds = ['format', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'default'].filter((k) => s[k] !== undefined).map((k) => `${k} ${word(s[k])}`);
  return escape([word(s.type) || 'any', ...bounds].join(', '));
}

const contentOf = (holder: Json | undefined): string => Object.entries(dict(dict(holder).content)).map(([type, content]) => `${typeOf(dict(content).schema)}${type === 'application/json' ? '' : ` (${escape(type)})`}`).join(' or ');

function rights(operation: string, table: Table): string {
  const row = table.operations.find((o) => o.operation === operation);
  if (!row) return '';
  if (row.anonymous) return 'without a session';
  const roles = row.roles === 'all' ? 'every role' : (row.roles as string[]).join(', ');
  const more = [row.scope === 'city' ? 'the whole city only' : '', row.second === 'always' ? 'takes two persons' : row.second === 'listed' ? 'takes two persons where the settings list it' : '', row.reauth ? 'asks for password and code again' : ''].filter(Boolean);
  return [roles, ...more].join('; ');
}

function operation(api: Dict, table: Table, path: string, method: string, op: Dict): string {
  const resolve = (value: Json): Dict => {
    const ref = dict(value).$ref;
    if (typeof ref !== 'string') return dict(value);
    return dict(ref.slice(2).split('/').reduce<Json>((at, key) => dict(at)[key] ?? {}, api));
  };
  const id = word(op.operationId);
  const rows = list(op.parameters).map(resolve).map((p) => `<tr><td><code>${escape(word(p.name))}</code></td><td>${escape(word(p.in))}${p.required ? ', required' : ''}</td><td>${typeOf(p.schema)} ${escape(word(p.description))}</td></tr>`);
  const body = contentOf(op.requestBody);
  if (body) rows.push(`<tr><td>body</td><td></td><td>${body}</td></tr>`);
  for (const [status, answer] of Object.entries(dict(op.responses))) {
    const whole = resolve(answer);
    rows.push(`<tr><td>${escape(status)}</td><td>answer</td><td>${contentOf(whole)} ${escape(word(whole.description))}</td></tr>`);
  }
  const text = [word(op.summary), word(op.description)].filter(Boolean).join('. ');
  return `<section id="${escape(id)}"><h3><span class="method">${method.toUpperCase()}</span> <code>${escape(path)}</code> <small>${escape(id)}</small></h3><p>${escape(text)}</p><p class="rights">${escape(rights(id, table))}</p><table>${rows.join('')}</table></section>`;
}

function schema(name: string, value: Json): string {
  const s = dict(value);
  const required = list(s.required);
  const rows = Object.entries(dict(s.properties)).map(([field, inner]) => `<tr><td><code>${escape(field)}</code>${required.includes(field) ? '' : ' (optional)'}</td><td>${typeOf(inner)}</td><td>${escape(word(dict(inner).description))}</td></tr>`);
  return `<section id="${escape(name)}"><h3>${escape(name)}</h3><p>${escape(word(s.description))}</p>${rows.length ? `<table>${rows.join('')}</table>` : `<p>${typeOf(value)}</p>`}</section>`;
}

export function apiPage(api: Dict, table: Table): string {
  const operations = Object.entries(dict(api.paths)).flatMap(([path, item]) => METHODS.filter((m) => isDict(dict(item)[m])).map((m) => operation(api, table, path, m, dict(dict(item)[m]))));
  const schemas = Object.entries(dict(dict(api.components).schemas)).map(([name, value]) => schema(name, value));
  const info = dict(api.info);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(word(info.title))} ${escape(word(info.version))}</title><link rel="stylesheet" href="/api.css"></head>
<body><h1>${escape(word(info.title))} ${escape(word(info.version))}</h1>
<p>Every path stands below <code>/api/v1</code>. A person has the cookie <code>kw_session</code>, and with each write the header <code>X-Kw-Csrf</code>; a machine has <code>Authorization: Bearer</code> with a token. Times are RFC 3339 in UTC, IDs 32 hex digits. A refusal is <a href="#Error">Error</a>.</p>
<h2>Operations</h2>${operations.join('\n')}<h2>Objects</h2>${schemas.join('\n')}</body></html>
`;
}

export const API_CSS = `body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #1f2a37 }
section { border-top: 1px solid #d5dbe3; padding: .5rem 0 } table { border-collapse: collapse; width: 100% } td { border: 1px solid #d5dbe3; padding: .2rem .5rem; vertical-align: top; overflow-wrap: anywhere }
code { font-size: .95em } .method { color: #0b5cad; font-weight: 600 } .rights { color: #5b6675 } h3 small { color: #5b6675; font-weight: 400 }
@media (prefers-color-scheme: dark) { body { background: #14181d; color: #e2e8f0 } section, td { border-color: #37404b } a, .method { color: #7db8f5 } .rights, h3 small { color: #9aa7b6 } }
`;
