// SessionTable lists open sessions and ends them.
import { Button, Popconfirm, Table, Tag } from 'antd';
import type { Options } from '../api/client';
import type { OpenSession } from '../api/types';
import { useI18n } from '../i18n/language';
import { useAction } from './action';
import { ErrorView, TimeText } from './basics';
import { useResource } from './resource';

interface Props {
  load: (o: Options) => Promise<{ items: OpenSession[] }>;
  end: (id: string) => Promise<void>;
}

export function SessionTable({ load, end }: Props) {
  const { t } = useI18n();
  const sessions = useResource(load, []);
  const action = useAction();
  return (
    <>
      <ErrorView error={sessions.error} retry={sessions.reload} />
      <Table<OpenSession> rowKey="id" size="small" loading={sessions.loading && !sessions.data} dataSource={sessions.data?.items ?? []} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }}
        onRow={(s) => ({ 'data-testid': `session-row-${s.account}` }) as object}
        columns={[
          { title: t('users.account'), key: 'account', render: (_, s) => <>{s.account} {s.own && <Tag color="processing">{t('sessions.this')}</Tag>}</> },
          { title: t('users.role'), key: 'role', render: (_, s) => t(`role.${s.role}`) },
          { title: t('sessions.peer'), dataIndex: 'peer' },
          { title: t('sessions.since'), key: 'created', render: (_, s) => <TimeText value={s.created} /> },
          { title: t('sessions.used'), key: 'used', render: (_, s) => <TimeText value={s.last_used} /> },
          { title: t('common.actions'), key: 'actions', render: (_, s) => (
            <Popconfirm title={t('sessions.end.text')} okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'session-end-confirm' } }}
              onConfirm={() => void action.run(() => end(s.id), t('sessions.ended'), sessions.reload)}>
              <Button size="small" danger data-testid={`session-end-${s.account}`}>{t('sessions.end')}</Button>
            </Popconfirm>
          ) },
        ]} />
    </>
  );
}
