// Client sends requests to the platform's own origin and turns every failure into one typed ApiError.

export type Query = Record<string, string | number | undefined>;

/// ApiError says why a request failed. `code` is the server's stable word (the language files hold its sentence), or
/// one of the client's own: network (no answer), timeout, bad_answer (an answer that is not what the API promises).
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly trace: string,
    readonly body: unknown = undefined,
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'ApiError';
  }
}

/// errorOf makes an ApiError of a refusal's status and body; a body of another form keeps its status.
export function errorOf(status: number, body: unknown): ApiError {
  const known = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const word = (value: unknown) => (typeof value === 'string' ? value : '');
  return new ApiError(status, word(known.code) || codeOfStatus(status), word(known.detail), word(known.trace), body);
}

function codeOfStatus(status: number): string {
  switch (status) {
    case 400: return 'malformed';
    case 401: return 'unauthenticated';
    case 403: return 'forbidden';
    case 404: return 'not_found';
    case 409: return 'conflict';
    case 413: return 'too_large';
    case 422: return 'invalid';
    case 429: return 'rate_limited';
    case 503: return 'unavailable';
    default: return status >= 500 ? 'internal' : 'bad_answer';
  }
}

export function queryText(query: Query | undefined): string {
  const parts = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length ? `?${parts.join('&')}` : '';
}

export interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

/// Content is something to look at; `watermark` says who looks when.
export interface Content { blob: Blob; watermark: string }

export class Client {
  /// The session's csrf value; every write carries it.
  csrf = '';
  /// Called when a request inside a session is answered with 401.
  onUnauthenticated: () => void = () => undefined;
  /// Asks the person for password and code once more; true: the request is sent again.
  onConfirm: () => Promise<boolean> = () => Promise.resolve(false);
  /// The password is too old: nothing but a new one goes on.
  onPasswordExpired: () => void = () => undefined;
  /// The role has to use another second factor: nothing but registering one goes on.
  onFactorRequired: () => void = () => undefined;
  /// When the last answer came (ms); the idle watch keeps a used session alive by it.
  lastAnswer = 0;

  constructor(
    private readonly base = '/api/v1',
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
    private readonly timeoutMs = 20_000,
  ) {}

  get<T>(path: string, options: Options = {}): Promise<T> {
    return this.request<T>('GET', path, options);
  }
  post<T>(path: string, body: unknown, options: Options = {}): Promise<T> {
    return this.request<T>('POST', path, { ...options, body });
  }
  delete(path: string): Promise<void> {
    return this.request<void>('DELETE', path, {});
  }

  /// content reads what is no JSON, with what the server says about it.
  content(path: string, options: Options = {}): Promise<Content> {
    return this.exchange('GET', path, options, async (answer) => {
      if (!answer.ok) return this.read<Content>(answer, await answer.text());
      // Held for a second person: no recording, but the request.
      if (answer.status === 202) throw new ApiError(202, 'held', '', '', JSON.parse(await answer.text()));
      return { blob: await answer.blob(), watermark: answer.headers.get('X-Kw-Watermark') ?? '' };
    });
  }

  private async request<T>(method: string, path: string, options: Options): Promise<T> {
    const once = () => this.exchange(method, path, options, async (answer) => this.read<T>(answer, await answer.text()));
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 403) throw error;
      if (error.code === 'password_expired') this.onPasswordExpired();
      if (error.code === 'factor_required') this.onFactorRequired();
      if (error.code !== 'confirm_identity' || !(await this.onConfirm())) throw error;
      return once();
    }
  }

  private async exchange<T>(method: string, path: string, options: Options, take: (answer: Response) => Promise<T>): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET' && this.csrf) headers['X-Kw-Csrf'] = this.csrf;
    const abort = new AbortController();
    const stop = () => abort.abort();
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted) stop();
    let late = false;
    const timer = setTimeout(() => { late = true; stop(); }, this.timeoutMs);
    try {
      const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store', signal: abort.signal };
      if (options.body !== undefined) init.body = JSON.stringify(options.body);
      const answer = await this.send(`${this.base}${path}${queryText(options.query)}`, init);
      const taken = await take(answer);
      this.lastAnswer = Date.now();
      return taken;
    } catch (error) {
      if (error instanceof ApiError || options.signal?.aborted) throw error;
      throw new ApiError(0, late ? 'timeout' : 'network', error instanceof Error ? error.message : '', '');
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', stop);
    }
  }

  private read<T>(answer: Response, text: string): T {
    let body: unknown;
    let broken = false;
    if (text) {
      try {
        body = JSON.parse(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        broken = true;
      }
    }
    if (!answer.ok) {
      if (answer.status === 401 && this.csrf) this.onUnauthenticated();
      throw errorOf(answer.status, body);
    }
    if (broken || (answer.status !== 204 && body === undefined)) {
      throw new ApiError(answer.status, 'bad_answer', 'not JSON', '');
    }
    return body as T;
  }
}
