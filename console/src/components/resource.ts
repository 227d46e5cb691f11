// useResource reads something of the API and reads it again when its dependencies or the live link's epoch change.
import { useCallback, useEffect, useRef, useState, type DependencyList } from 'react';
import { ApiError } from '../api/client';
import type { Options } from '../api/client';
import { useLive } from '../live/live';

export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
  /// Reads again soon; many calls within 300 ms become one.
  reloadSoon: () => void;
  /// Applies a live message. One that comes while a read is under way makes it read once more: nothing is missed.
  update: (change: (data: T) => T) => void;
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 'internal', String(error), '');
}

export function useResource<T>(load: (options: Options) => Promise<T>, deps: DependencyList): Resource<T> {
  const { epoch } = useLive();
  const [data, setData] = useState<T>();
  const [error, setError] = useState<ApiError>();
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const reading = useRef(false);
  const missed = useRef(false);
  useEffect(() => {
    const abort = new AbortController();
    setLoading(true);
    reading.current = true;
    missed.current = false;
    latest.current({ signal: abort.signal }).then(
      (value) => {
        if (abort.signal.aborted) return;
        setData(value);
        setError(undefined);
        setLoading(false);
        reading.current = false;
        // A live message that came meanwhile may be newer than this answer.
        if (missed.current) setTurn((n) => n + 1);
      },
      (reason: unknown) => {
        if (abort.signal.aborted) return;
        setError(asApiError(reason));
        setLoading(false);
        reading.current = false;
      },
    );
    return () => abort.abort();
    // The caller's dependencies are the point of this hook.
  }, [turn, epoch, ...deps]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const reloadSoon = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(reload, 300);
  }, [reload]);
  const update = useCallback((change: (data: T) => T) => {
    if (reading.current) missed.current = true;
    setData((old) => (old === undefined ? old : change(old)));
  }, []);
  return { data, error, loading, reload, reloadSoon, update };
}
