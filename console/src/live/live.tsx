// LiveProvider holds the one live link of a session; pages subscribe to its messages.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { api } from '../api/endpoints';
import type { LiveMessage } from '../api/types';
import { parseLive } from './reducer';
import { LiveSocket, type LinkState } from './socket';

type Listener = (message: LiveMessage) => void;
interface Live {
  state: LinkState;
  /// Rises when the link is back after a gap: what is shown must be read again.
  epoch: number;
  subscribe: (listener: Listener) => () => void;
}
const Context = createContext<Live | undefined>(undefined);

function openWire(): WebSocket {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(`${scheme}//${location.host}/api/v1/live`);
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<LinkState>('connecting');
  const [epoch, setEpoch] = useState(0);
  const listeners = useRef(new Set<Listener>());
  useEffect(() => {
    let gap = false;
    const socket = new LiveSocket({
      open: openWire,
      onState: (next) => {
        setState(next);
        if (next === 'online' && gap) setEpoch((e) => e + 1);
        gap = next === 'offline' || (gap && next !== 'online');
      },
      onText: (text) => {
        const message = parseLive(text);
        if (message) listeners.current.forEach((listener) => listener(message));
        else console.warn('live: message not understood');
      },
      // A closed link may mean an ended session: the client notices the 401.
      onRetry: () => { api.session().catch((error: unknown) => console.warn('live: retry', error)); },
    });
    socket.start();
    return () => socket.stop();
  }, []);
  const subscribe = useCallback((listener: Listener) => {
    listeners.current.add(listener);
    return () => { listeners.current.delete(listener); };
  }, []);
  const value = useMemo<Live>(() => ({ state, epoch, subscribe }), [state, epoch, subscribe]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useLive(): Live {
  const value = useContext(Context);
  if (!value) throw new Error('useLive outside LiveProvider');
  return value;
}

/// useLiveMessages calls the newest `listener` with every message while the page is shown.
export function useLiveMessages(listener: Listener): void {
  const { subscribe } = useLive();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => subscribe((message) => latest.current(message)), [subscribe]);
}
