// useAction runs a write, tells success or failure, and knows whether it is under way.
import { App } from 'antd';
import { useCallback, useState } from 'react';
import type { ApiError } from '../api/client';
import { isHeld } from '../api/endpoints';
import { useI18n } from '../i18n/language';
import { ErrorDetail } from './basics';
import { asApiError } from './resource';

export interface Action {
  busy: boolean;
  /// Runs the write; true when it succeeded. `done` is what the person is told; empty: the page shows it.
  run: <T>(write: () => Promise<T>, done: string | ((result: T) => string), then?: (result: T) => void) => Promise<boolean>;
}

export function useAction(onError?: (error: ApiError) => boolean): Action {
  const { message, notification } = App.useApp();
  const i18n = useI18n();
  const [busy, setBusy] = useState(false);
  const run = useCallback<Action['run']>(async (write, done, then) => {
    setBusy(true);
    try {
      const result = await write();
      if (isHeld(result)) void message.info(i18n.t('requests.held'));
      else {
        const word = typeof done === 'function' ? done(result) : done;
        if (word) void message.success(word);
      }
      then?.(result);
      return true;
    } catch (reason) {
      const error = asApiError(reason);
      if (error.code === 'held') void message.info(i18n.t('requests.held'));
      else if (!onError?.(error)) {
        notification.error({ message: i18n.error(error), description: <ErrorDetail error={error} />, role: 'alert' });
      }
      return false;
    } finally {
      setBusy(false);
    }
  }, [i18n, message, notification, onError]);
  return { busy, run };
}
