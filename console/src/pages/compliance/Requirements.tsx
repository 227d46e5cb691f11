// Requirements: the standard's clauses with their status, or with counts where several are looked at.
import { Button, Card, Select, Table, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { ComplianceRow, ComplianceStatus } from '../../api/types';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { Counts, StatusTag } from './parts';
import { STATUSES, words } from './words';

interface Props { subject: string; epoch: string; open: (requirement: string) => void; status: ComplianceStatus | undefined; setStatus: (status: ComplianceStatus | undefined) => void }

export function Requirements({ subject, epoch, open, status, setStatus }: Props) {
  const { t, lang, code } = useI18n();
  const [chapter, setChapter] = useState('');
  const rows = useResource((o) => api.complianceRequirements({ ...o, query: { subject, status, chapter } }), [subject, epoch, status, chapter]);
  return (
    <Card>
      <div className="kw-filters">
        <Select allowClear style={{ width: 180 }} placeholder={t('compliance.anyStatus')} value={status} onChange={(next: ComplianceStatus | undefined) => setStatus(next)} data-testid="compliance-filter-status"
          options={STATUSES.map((value) => ({ value, label: code('complianceStatus', value) }))} />
        <Select style={{ width: 140 }} value={chapter} onChange={setChapter} data-testid="compliance-filter-chapter"
          options={[{ value: '', label: t('compliance.anyChapter') }, ...['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((value) => ({ value, label: `${t('compliance.chapter')} ${value}` }))]} />
      </div>
      <ErrorView error={rows.error} retry={rows.reload} />
      <Table<ComplianceRow> rowKey="id" size="middle" dataSource={rows.data?.items ?? []} loading={rows.loading && !rows.data} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('compliance.empty') }}
        onRow={(one) => ({ 'data-testid': `compliance-row-${one.id}`, 'data-status': one.status ?? '', className: 'kw-row', onClick: () => open(one.id) }) as object}
        columns={[
          { title: t('compliance.requirement'), key: 'id', render: (_, one) => <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={(event) => { event.stopPropagation(); open(one.id); }} data-testid={`compliance-open-${one.id}`}>{one.id}</Button> },
          { title: t('compliance.title'), key: 'title', render: (_, one) => words(lang, one.title) },
          { title: t('compliance.status'), key: 'status', render: (_, one) => (one.status ? <StatusTag status={one.status} /> : <Counts counts={one.counts} />) },
          { title: t('compliance.since'), key: 'since', render: (_, one) => (one.since ? <TimeText value={one.since} /> : <Typography.Text type="secondary">—</Typography.Text>) },
          { title: t('compliance.severity'), key: 'severity', render: (_, one) => code('complianceSeverity', one.severity) },
          { title: t('compliance.scope'), key: 'scope', render: (_, one) => code('complianceScope', one.scope) },
        ]} />
    </Card>
  );
}
