// SessionProvider knows who is logged in; it follows the server's 401 and is the only place that sets the csrf value.
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { api, client } from '../api/endpoints';
import type { Session } from '../api/types';

export type EndedWhy = 'idle' | 'expired' | 'lost' | 'logout';
export type SessionState =
  | { kind: 'loading' }
  | { kind: 'failed'; error: ApiError }
  | { kind: 'out'; why?: EndedWhy }
  | { kind: 'in'; session: Session };

interface SessionApi {
  state: SessionState;
  enter: (session: Session) => void;
  update: (session: Session) => void;  // the same session, as the platform tells it now
  leave: (why: EndedWhy) => void;
  reload: () => void;
}
const Context = createContext<SessionApi | undefined>(undefined);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ kind: 'loading' });
  const enter = useCallback((session: Session) => {
    client.csrf = session.csrf;
    setState({ kind: 'in', session });
  }, []);
  const out = useCallback((why?: EndedWhy) => {
    client.csrf = '';
    setState(why ? { kind: 'out', why } : { kind: 'out' });
  }, []);
  const leave = useCallback((why: EndedWhy) => {
    // The cookie dies at the server; when that cannot be reached the session ends there by itself.
    const gone = client.csrf ? api.logout() : Promise.resolve();
    gone.catch((error: unknown) => console.warn('logout', error));
    out(why);
  }, [out]);
  const reload = useCallback(() => {
    setState({ kind: 'loading' });
    api.session().then(enter, (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) out();
      else setState({ kind: 'failed', error: error instanceof ApiError ? error : new ApiError(0, 'network', String(error), '') });
    });
  }, [enter, out]);
  useEffect(() => {
    client.onUnauthenticated = () => out('lost');
    reload();
  }, [out, reload]);
  const value = useMemo(() => ({ state, enter, update: enter, leave, reload }), [state, enter, leave, reload]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useSessionState(): SessionApi {
  const value = useContext(Context);
  if (!value) throw new Error('useSessionState outside SessionProvider');
  return value;
}

/// useSession is the session of a page that only exists inside one.
export function useSession(): Session {
  const { state } = useSessionState();
  if (state.kind !== 'in') throw new Error('useSession without a session');
  return state.session;
}
