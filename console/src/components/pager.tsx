// useCursor walks a list that the server pages with opaque cursors; Pager shows where one is.
import { Button, Space, Typography } from 'antd';
import { useCallback, useState } from 'react';
import { useI18n } from '../i18n/language';

export interface Cursor {
  value: string;
  first: boolean;
  forward: (next: string) => void;
  back: () => void;
  reset: () => void;
}

export function useCursor(): Cursor {
  const [stack, setStack] = useState<string[]>([]);
  return {
    value: stack[stack.length - 1] ?? '',
    first: stack.length === 0,
    forward: useCallback((next: string) => setStack((s) => [...s, next]), []),
    back: useCallback(() => setStack((s) => s.slice(0, -1)), []),
    reset: useCallback(() => setStack((s) => (s.length ? [] : s)), []),
  };
}

export function Pager({ cursor, next, total }: { cursor: Cursor; next: string; total?: number | undefined }) {
  const { t } = useI18n();
  return (
    <nav className="kw-pager" aria-label={t('common.next')}>
      <Typography.Text type="secondary">{total !== undefined && t('common.total', { count: total })}</Typography.Text>
      <Space>
        <Button disabled={cursor.first} onClick={cursor.back} data-testid="page-previous">{t('common.previous')}</Button>
        <Button disabled={!next} onClick={() => cursor.forward(next)} data-testid="page-next">{t('common.next')}</Button>
      </Space>
    </nav>
  );
}
