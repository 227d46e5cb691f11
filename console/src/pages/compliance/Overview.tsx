// Overview: the score, how it was, where it is lowest, what would raise it, and what ends soon.
import { Button, Card, Progress, Select, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { Compliance, ComplianceEnd, ComplianceRaise, ComplianceStatus, ComplianceSubject } from '../../api/types';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { Counts, StatusTag, Trend } from './parts';
import { percent, shown, words } from './words';

interface Props { sum: Compliance; subject: string; epoch: string; open: (requirement: string) => void; choose: (subject: string) => void; list: (status?: ComplianceStatus) => void }

export function Overview({ sum, subject, epoch, open, choose, list }: Props) {
  const { t } = useI18n();
  const many = sum.devices + sum.sites + (sum.platform ? 1 : 0) > 1;
  return (
    <>
      <div className="kw-halves">
        <Card title={t('compliance.score')}>
          <div className="kw-score" data-testid="compliance-score" data-hundredths={sum.score.hundredths ?? ''}>{percent(sum.score)}</div>
          <Typography.Paragraph type="secondary">
            {sum.name || (subject === 'platform' ? t('compliance.platform') : t('compliance.of', { devices: sum.devices, sites: sum.sites }))}{many && sum.platform && t('compliance.withPlatform')}
          </Typography.Paragraph>
          <Space wrap size={[4, 8]}>
            {shown(sum.score.counts).map(({ status, count }) => (
              <Button key={status} type="text" size="small" style={{ padding: 0, height: 'auto' }} onClick={() => list(status)} data-testid={`compliance-count-${status}`} data-count={count}>
                <StatusTag status={status} count={count} />
              </Button>
            ))}
          </Space>
          {sum.waiting > 0 && <Typography.Paragraph type="warning" style={{ margin: '8px 0 0' }} data-testid="compliance-waiting">{t('compliance.waiting', { count: sum.waiting })}</Typography.Paragraph>}
          <Typography.Paragraph type="secondary" style={{ margin: '12px 0 0', fontSize: 12 }}>{t('compliance.scoreText')}</Typography.Paragraph>
        </Card>
        <Card title={t('compliance.trend')}><Trend trend={sum.trend} /></Card>
      </div>
      <div className="kw-halves">
        <Card title={t('compliance.chapters')}>
          <Table<Compliance['chapters'][number]> rowKey="chapter" size="small" pagination={false} dataSource={sum.chapters} scroll={{ x: 480 }}
            onRow={(one) => ({ 'data-testid': `compliance-chapter-${one.chapter}` }) as object}
            columns={[
              { title: t('compliance.chapter'), dataIndex: 'chapter' },
              { title: t('compliance.score'), key: 'score', render: (_, one) => <Progress percent={(one.score.hundredths ?? 0) / 100} size="small" format={() => percent(one.score)} style={{ minWidth: 120, paddingInlineEnd: 24 }} status="normal" /> },
              { title: t('compliance.counts'), key: 'counts', render: (_, one) => <Counts counts={one.score.counts} /> },
            ]} />
        </Card>
        <Raises subject={subject} epoch={epoch} open={open} />
      </div>
      <div className="kw-halves">
        {many && <Lowest subject={subject} epoch={epoch} choose={choose} />}
        <Ending subject={subject} epoch={epoch} open={open} />
      </div>
    </>
  );
}

function Raises({ subject, epoch, open }: { subject: string; epoch: string; open: (requirement: string) => void }) {
  const { t, lang, code } = useI18n();
  const raises = useResource((o) => api.complianceRaises({ ...o, query: { subject, limit: 8 } }), [subject, epoch]);
  return (
    <Card title={t('compliance.raises')}>
      <ErrorView error={raises.error} retry={raises.reload} />
      <Table<ComplianceRaise> rowKey="requirement" size="small" pagination={false} dataSource={raises.data?.items ?? []} loading={raises.loading && !raises.data} scroll={{ x: 480 }}
        onRow={(one) => ({ 'data-testid': `compliance-raise-${one.requirement}`, className: 'kw-row', onClick: () => open(one.requirement) }) as object}
        columns={[
          { title: t('compliance.requirement'), key: 'requirement', render: (_, one) => <><b>{one.requirement}</b> {words(lang, one.title)}<div><Typography.Text type="secondary" style={{ fontSize: 12 }}>{words(lang, one.advice)}</Typography.Text></div></> },
          { title: t('compliance.severity'), key: 'severity', render: (_, one) => code('complianceSeverity', one.severity) },
          { title: t('compliance.at'), dataIndex: 'subjects', align: 'right' },
          { title: t('compliance.gain'), key: 'gain', align: 'right', render: (_, one) => `+${(one.gain_hundredths / 100).toFixed(2)}` },
        ]} />
    </Card>
  );
}

function Lowest({ subject, epoch, choose }: { subject: string; epoch: string; choose: (subject: string) => void }) {
  const { t } = useI18n();
  const lowest = useResource((o) => api.complianceSubjects({ ...o, query: { subject, limit: 10 } }), [subject, epoch]);
  return (
    <Card title={t('compliance.lowest')}>
      <ErrorView error={lowest.error} retry={lowest.reload} />
      <Table<ComplianceSubject> rowKey="subject" size="small" pagination={false} dataSource={lowest.data?.items ?? []} loading={lowest.loading && !lowest.data} scroll={{ x: 480 }}
        onRow={(one) => ({ 'data-testid': `compliance-subject-${one.subject}`, className: 'kw-row', onClick: () => choose(one.subject) }) as object}
        columns={[
          { title: t('compliance.subject'), key: 'name', render: (_, one) => <Subject subject={one.subject} name={one.name} siteName={one.site_name} /> },
          { title: t('compliance.score'), key: 'score', align: 'right', render: (_, one) => percent(one.score) },
          { title: t('compliance.counts'), key: 'counts', render: (_, one) => <Counts counts={one.score.counts} /> },
        ]} />
    </Card>
  );
}

/// Subject names where something is judged, and what that is.
export function Subject({ subject, name, siteName = '' }: { subject: string; name: string; siteName?: string }) {
  const { t, code } = useI18n();
  const kind = subject.split(':')[0] ?? '';
  return <>{name || t('compliance.platform')} <Tag>{code('complianceScope', kind)}</Tag>{siteName && <Typography.Text type="secondary" style={{ fontSize: 12 }}>{siteName}</Typography.Text>}</>;
}

const DAYS = [30, 90, 183, 365];

function Ending({ subject, epoch, open }: { subject: string; epoch: string; open: (requirement: string) => void }) {
  const { t, lang } = useI18n();
  const [days, setDays] = useState(90);
  const ending = useResource((o) => api.complianceEnding({ ...o, query: { subject, days, limit: 50 } }), [subject, epoch, days]);
  return (
    <Card title={t('compliance.ending')} extra={<Select size="small" value={days} onChange={setDays} style={{ width: 140 }} data-testid="compliance-ending-days" options={DAYS.map((value) => ({ value, label: t('compliance.endingDays', { days: value }) }))} />}>
      <ErrorView error={ending.error} retry={ending.reload} />
      <Table<ComplianceEnd> rowKey={(one) => `${one.subject} ${one.requirement}`} size="small" dataSource={ending.data?.items ?? []} loading={ending.loading && !ending.data} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 8, showSizeChanger: false }} locale={{ emptyText: t('compliance.endingNone') }}
        onRow={(one) => ({ 'data-testid': `compliance-ending-${one.requirement}`, className: 'kw-row', onClick: () => open(one.requirement) }) as object}
        columns={[
          { title: t('compliance.requirement'), key: 'requirement', render: (_, one) => <><b>{one.requirement}</b> {words(lang, one.title)}</> },
          { title: t('compliance.subject'), key: 'subject', render: (_, one) => <Subject subject={one.subject} name={one.name} /> },
          { title: t('compliance.until'), key: 'until', render: (_, one) => <TimeText value={one.until} /> },
        ]} />
    </Card>
  );
}
