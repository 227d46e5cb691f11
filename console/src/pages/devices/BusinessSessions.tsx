// BusinessSessions are what a kiosk's programs did: pseudonyms and counts, each with its timeline for who may read the audit.
import { Table, Tag } from 'antd';
import { Link } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { BusinessSession } from '../../api/types';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { may } from '../../session/roles';
import { useSession } from '../../session/session';

export function BusinessSessions({ device }: { device: string }) {
  const { t, code } = useI18n();
  const { role } = useSession();
  const list = useResource((o) => api.businessSessions(device, o), [device]);
  return (
    <>
      <ErrorView error={list.error} retry={list.reload} />
      <Table<BusinessSession> rowKey="id" size="small" loading={list.loading && !list.data} dataSource={list.data?.items ?? []} pagination={{ pageSize: 20, hideOnSinglePage: true }}
        scroll={{ x: 'max-content' }} locale={{ emptyText: t('timeline.none') }} onRow={(s) => ({ 'data-testid': `session-${s.id}` }) as object}
        columns={[
          { title: t('timeline.session'), key: 'id', render: (_, s) => (may(role, 'getTimeline')
            ? <Link to={`/audit/timeline/${s.trace}`} data-testid={`session-timeline-${s.id}`}>{s.id.slice(0, 12)}…</Link> : <Hash value={s.id} />) },
          { title: t('timeline.matter'), dataIndex: 'matter' },
          { title: t('timeline.identity'), key: 'identity', render: (_, s) => (s.identity ? <>{s.identity}{s.strength && <Tag style={{ marginInlineStart: 4 }}>{s.strength}</Tag>}</> : '—') },
          { title: t('timeline.began'), key: 'began', render: (_, s) => <TimeText value={s.began} /> },
          { title: t('timeline.state'), key: 'state', render: (_, s) => (s.ended ? code('businessReason', s.reason) : <Tag color="processing">{t('timeline.open')}</Tag>) },
          { title: t('timeline.steps'), dataIndex: 'steps', align: 'right' },
          { title: t('timeline.requests'), dataIndex: 'requests', align: 'right' },
          { title: t('timeline.errors'), key: 'errors', align: 'right', render: (_, s) => (s.errors > 0 ? <Tag color="error">{s.errors}</Tag> : 0) },
        ]} />
    </>
  );
}
