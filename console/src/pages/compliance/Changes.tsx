// Changes: verdicts that changed in the last days, the newest first.
import { Card, Select, Table } from 'antd';
import { useMemo, useState } from 'react';
import { api } from '../../api/endpoints';
import type { ComplianceChange } from '../../api/types';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { Subject } from './Overview';
import { StatusTag } from './parts';

const DAYS = [1, 7, 30, 90, 365];

export function Changes({ subject, epoch, open }: { subject: string; epoch: string; open: (requirement: string) => void }) {
  const { t } = useI18n();
  const [days, setDays] = useState(7);
  const since = useMemo(() => new Date(Date.now() - days * 86_400_000).toISOString(), [days]);
  const changes = useResource((o) => api.complianceChanges({ ...o, query: { subject, since, limit: 500 } }), [subject, epoch, since]);
  return (
    <Card>
      <div className="kw-filters">
        <Select value={days} onChange={setDays} style={{ width: 160 }} data-testid="compliance-since" options={DAYS.map((value) => ({ value, label: t('compliance.sinceDays', { days: value }) }))} />
      </div>
      <ErrorView error={changes.error} retry={changes.reload} />
      <Table<ComplianceChange> rowKey={(one) => `${one.subject} ${one.requirement} ${one.time}`} size="middle" dataSource={changes.data?.items ?? []} loading={changes.loading && !changes.data} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('compliance.noChanges') }}
        onRow={(one) => ({ 'data-testid': `compliance-change-${one.requirement}`, className: 'kw-row', onClick: () => open(one.requirement) }) as object}
        columns={[
          { title: t('compliance.time'), key: 'time', render: (_, one) => <TimeText value={one.time} /> },
          { title: t('compliance.requirement'), dataIndex: 'requirement' },
          { title: t('compliance.subject'), key: 'subject', render: (_, one) => <Subject subject={one.subject} name={one.name} /> },
          { title: t('compliance.before'), key: 'before', render: (_, one) => <StatusTag status={one.before} /> },
          { title: t('compliance.after'), key: 'after', render: (_, one) => <StatusTag status={one.after} /> },
        ]} />
    </Card>
  );
}
