// Rows: what somebody else than the platform has written into its database; shown where there is something to show.
import { Alert, Button, Card, Table } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { RowFinding } from '../api/types';
import { ReasonModal } from '../components/ReasonModal';
import { useAction } from '../components/action';
import { ErrorView } from '../components/basics';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { useLiveMessages } from '../live/live';
import { useSession } from '../session/session';

export function Rows() {
  const i18n = useI18n();
  const { t } = i18n;
  const { role } = useSession();
  const action = useAction();
  const [asking, setAsking] = useState(false);
  const rows = useResource(api.rowFindings, []);
  useLiveMessages((message) => {
    if (message.kind === 'alarm') rows.reloadSoon();
  });
  const items = rows.data?.items ?? [];
  if (!rows.error && items.length === 0) return null;
  return (
    <Card className="kw-block" title={t('rows.title')} data-testid="rows"
      extra={role === 'system' && items.length > 0 && <Button danger onClick={() => setAsking(true)} data-testid="rows-accept">{t('rows.accept')}</Button>}>
      <ErrorView error={rows.error} retry={rows.reload} />
      {items.length > 0 && (
        <>
          <Alert type="error" showIcon role="alert" className="kw-block" message={t('rows.found', { count: items.length })} description={t('rows.text')} />
          <Table<RowFinding> rowKey={(one) => `${one.table} ${one.key} ${one.what}`} size="small" dataSource={items} pagination={{ pageSize: 10, hideOnSinglePage: true }}
            scroll={{ x: 'max-content' }} onRow={(one) => ({ 'data-testid': `rows-${one.table}-${one.key}`, 'data-what': one.what }) as object}
            columns={[
              { title: t('rows.table'), dataIndex: 'table' },
              { title: t('rows.key'), key: 'key', render: (_, one) => (one.key ? <code>{one.key}</code> : '—') },
              { title: t('rows.what'), key: 'what', render: (_, one) => i18n.code('rows.what', one.what) },
            ]} />
        </>
      )}
      <ReasonModal open={asking} danger busy={action.busy} title={t('rows.accept')} text={t('rows.acceptText')} onCancel={() => setAsking(false)}
        onSubmit={(reason) => { void action.run(() => api.acceptRows(reason), t('rows.accepted'), () => { setAsking(false); rows.reload(); }); }} />
    </Card>
  );
}
