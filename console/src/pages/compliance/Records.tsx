// Records: what people attested, what of it stands, and taking one back.
import { Button, Card, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { ComplianceRecord } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { Subject } from './Overview';

export function Records({ subject, epoch, changed }: { subject: string; epoch: string; changed: () => void }) {
  const { t, code } = useI18n();
  const session = useSession();
  const records = useResource((o) => api.complianceRecords({ ...o, query: { subject } }), [subject, epoch]);
  const [asking, setAsking] = useState<ComplianceRecord>();
  const action = useAction();
  const withdraw = (reason: string) => {
    if (asking) void action.run(() => api.withdrawComplianceRecord(asking.id, reason), t('compliance.withdrawn'), () => { setAsking(undefined); records.reload(); changed(); });
  };
  const state = (one: ComplianceRecord) => (one.withdrawn ? 'withdrawn' : Date.parse(one.valid_until) <= Date.now() ? 'over' : 'standing');
  return (
    <Card>
      <Typography.Paragraph type="secondary">{t('compliance.recordsHint')}</Typography.Paragraph>
      <ErrorView error={records.error} retry={records.reload} />
      <Table<ComplianceRecord> rowKey="id" size="middle" dataSource={records.data?.items ?? []} loading={records.loading && !records.data} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }} locale={{ emptyText: t('compliance.noRecords') }}
        onRow={(one) => ({ 'data-testid': `compliance-record-${one.reference}`, 'data-state': state(one) }) as object}
        expandable={{ expandedRowRender: (one) => <Fields record={one} /> }}
        columns={[
          { title: t('compliance.record'), key: 'record', render: (_, one) => (one.requirement ? <>{code('complianceStatus', one.record)} <b>{one.requirement}</b></> : one.record) },
          { title: t('compliance.subject'), key: 'subject', render: (_, one) => <Subject subject={one.subject} name={one.name} /> },
          { title: t('compliance.reference'), dataIndex: 'reference' },
          { title: t('compliance.until'), key: 'until', render: (_, one) => <TimeText value={one.valid_until} /> },
          { title: t('compliance.who'), key: 'who', render: (_, one) => <>{one.who} <Typography.Text type="secondary">{code('role', one.role)}</Typography.Text>{one.second_who && <> + {one.second_who}</>}</> },
          { title: t('compliance.status'), key: 'state', render: (_, one) => <Tag color={state(one) === 'standing' ? 'success' : state(one) === 'over' ? 'warning' : 'default'}>{t(`compliance.${state(one)}`)}</Tag> },
          ...(can(session, 'withdrawComplianceRecord') ? [{ title: '', key: 'act', render: (_: unknown, one: ComplianceRecord) => (!one.withdrawn && (one.who === session.account || one.role === session.role) ? <Button size="small" danger onClick={() => setAsking(one)} data-testid={`compliance-withdraw-${one.reference}`}>{t('compliance.withdraw')}</Button> : null) }] : []),
        ]} />
      <ReasonModal open={asking !== undefined} title={t('compliance.withdraw')} text={t('compliance.withdrawText')} danger busy={action.busy} onSubmit={withdraw} onCancel={() => setAsking(undefined)} />
    </Card>
  );
}

function Fields({ record }: { record: ComplianceRecord }) {
  const { t } = useI18n();
  const told = [
    [t('compliance.issuer'), record.issuer], [t('compliance.why'), record.reason], ...Object.entries(record.fields), [t('compliance.withdraw'), [record.withdrawn_by, record.withdrawn_why].filter((one) => one !== '').join(': ')],
  ].filter(([, value]) => value !== '');
  return (
    <>
      {told.map(([name, value]) => <div key={name}><Typography.Text type="secondary">{name}:</Typography.Text> {value}</div>)}
      <div><Typography.Text type="secondary">{t('compliance.validFrom')}:</Typography.Text> <TimeText value={record.valid_from} /></div>
      <div><Typography.Text type="secondary">{t('compliance.filedAt')}:</Typography.Text> <TimeText value={record.filed} /></div>
      {record.file_name && <div><Typography.Text type="secondary">{t('compliance.fileName')}:</Typography.Text> {record.file_name} <Hash value={record.file_digest} /></div>}
    </>
  );
}
