// Baselines: what the kiosk's sections have learnt; a security administrator reads it, then approves or rejects it.
import { Alert, Button, Descriptions, Drawer, Input, Skeleton, Space, Table, Tag, Typography } from 'antd';
import { useMemo, useState } from 'react';
import { api } from '../../api/endpoints';
import type { BaselineDetail, BaselineInfo } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { diffLines, linesOfContent } from '../../policy/baseline';
import { may } from '../../session/roles';
import { useSession } from '../../session/session';
import { SectionTitle } from './ActionDrawer';

interface Props { items: BaselineInfo[]; changed: () => void }

const COLOR: Record<BaselineInfo['state'], string> = { proposed: 'processing', approved: 'success', rejected: 'default' };
const OUTCOME: Record<BaselineInfo['outcome'], string> = { '': 'default', applied: 'success', refused: 'error', failed: 'warning' };
const MOST_LINES = 500;  // shown at once; the filter finds the others

export function Baselines({ items, changed }: Props) {
  const { t } = useI18n();
  const [shown, setShown] = useState<string>();
  const info = items.find((b) => b.id === shown);
  const before = info && items.filter((b) => b.section === info.section && b.state === 'approved' && b.id !== info.id)
    .sort((a, b) => b.revision - a.revision).find((b) => info.state !== 'approved' || b.revision < info.revision);
  return (
    <>
      <Table<BaselineInfo> size="small" rowKey="id" dataSource={items} locale={{ emptyText: t('device.baseline.empty') }} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }}
        onRow={(b) => ({ 'data-testid': `baseline-row-${b.id}`, 'data-state': b.state }) as object}
        columns={[
          { title: t('device.baseline.section'), key: 'section', render: (_, b) => <SectionTitle section={b.section} /> },
          { title: t('devices.state'), key: 'state', render: (_, b) => <Tag color={COLOR[b.state]}>{t(`device.baseline.${b.state}`)}</Tag> },
          { title: t('device.baseline.revision'), key: 'revision', render: (_, b) => b.revision || '—' },
          { title: t('device.baseline.proposedAt'), key: 'proposed', render: (_, b) => <TimeText value={b.proposed} /> },
          { title: t('device.baseline.outcome'), key: 'outcome', render: (_, b) => <Outcome info={b} /> },
          { title: t('common.actions'), key: 'open', render: (_, b) => <Button size="small" type={b.state === 'proposed' ? 'primary' : 'default'} onClick={() => setShown(b.id)} data-testid={`baseline-open-${b.id}`}>{t('common.details')}</Button> },
        ]} />
      <Drawer open={!!info} onClose={() => setShown(undefined)} width={680} destroyOnHidden data-testid="baseline-drawer"
        title={info && <>{t('device.baseline.title')} · <SectionTitle section={info.section} /></>}>
        {info && <Reading info={info} before={before} decided={() => { setShown(undefined); changed(); }} />}
      </Drawer>
    </>
  );
}

function Outcome({ info }: { info: BaselineInfo }) {
  const { t } = useI18n();
  if (info.state !== 'approved') return <>—</>;
  return <Tag color={OUTCOME[info.outcome]} title={info.outcome_reason} data-outcome={info.outcome}>{t(`device.baseline.outcome.${info.outcome || 'waiting'}`)}{info.outcome_reason && ` (${info.outcome_reason})`}</Tag>;
}

function Reading({ info, before, decided }: { info: BaselineInfo; before: BaselineInfo | undefined; decided: () => void }) {
  const { t } = useI18n();
  const detail = useResource((o) => api.baseline(info.id, o), [info.id]);
  const older = useResource(async (o) => (before ? api.baseline(before.id, o) : undefined), [before?.id]);
  const error = detail.error ?? older.error;
  if (error) return <ErrorView error={error} retry={() => { detail.reload(); older.reload(); }} />;
  if (!detail.data || older.loading) return <Skeleton active />;
  return (
    <Space direction="vertical" size="middle" style={{ width: '100%' }}>
      <Descriptions column={1} size="small" items={[
        { key: 'digest', label: t('device.baseline.digest'), children: <Hash value={info.digest} whole /> },
        { key: 'size', label: t('device.baseline.size'), children: t('device.baseline.octets', { count: info.size }) },
        { key: 'proposed', label: t('device.baseline.proposedAt'), children: <TimeText value={info.proposed} /> },
        ...(info.decided ? [{ key: 'decided', label: t(`device.baseline.${info.state}`), children: <>{info.decided_by} · <TimeText value={info.decided} /> · {info.reason}</> }] : []),
      ]} />
      <Decide info={info} decided={decided} />
      <Content detail={detail.data} older={older.data} />
    </Space>
  );
}

function Content({ detail, older }: { detail: BaselineDetail; older: BaselineDetail | undefined }) {
  const { t } = useI18n();
  const [filter, setFilter] = useState('');
  const lines = useMemo(() => linesOfContent(detail.content), [detail]);
  const changes = useMemo(() => (older?.readable ? diffLines(linesOfContent(older.content), lines) : []), [older, lines]);
  const word = filter.trim().toLowerCase();
  const found = word ? lines.filter((line) => line.toLowerCase().includes(word)) : lines;
  if (!detail.readable) return <Alert type="warning" showIcon message={t('device.baseline.unreadable')} />;
  return (
    <>
      {older && (
        <div data-testid="baseline-changes">
          <Typography.Title level={5}>{t('device.baseline.changes', { revision: older.info.revision })}</Typography.Title>
          {changes.length === 0 && <Typography.Text type="secondary">{t('policy.noChanges')}</Typography.Text>}
          <ul style={{ margin: 0, padding: 0 }}>
            {changes.slice(0, MOST_LINES).map((c, i) => <li key={i} className="kw-change"><b className={c.added ? 'kw-same' : 'kw-different'} aria-hidden>{c.added ? '+' : '−'}</b><span>{t(c.added ? 'policy.change.added' : 'policy.change.removed')} <code>{c.line}</code></span></li>)}
          </ul>
          <Rest shown={MOST_LINES} of={changes.length} />
        </div>
      )}
      <div>
        <Typography.Title level={5}>{t('device.baseline.content', { count: lines.length })}</Typography.Title>
        {lines.length > 20 && <Input allowClear value={filter} onChange={(e) => setFilter(e.target.value)} placeholder={t('common.search')} aria-label={t('common.search')} style={{ maxWidth: 300, marginBottom: 8 }} data-testid="baseline-filter" />}
        <pre className="kw-code kw-wrap" tabIndex={0} data-testid="baseline-content">{found.slice(0, MOST_LINES).join('\n')}</pre>
        <Rest shown={MOST_LINES} of={found.length} />
      </div>
    </>
  );
}

function Rest({ shown, of }: { shown: number; of: number }) {
  const { t } = useI18n();
  return of > shown ? <Typography.Text type="secondary">{t('device.baseline.more', { count: of - shown })}</Typography.Text> : null;
}

function Decide({ info, decided }: { info: BaselineInfo; decided: () => void }) {
  const { t } = useI18n();
  const { role } = useSession();
  const [asked, setAsked] = useState<'approve' | 'reject'>();
  const action = useAction();
  if (info.state !== 'proposed' || !may(role, 'approveBaseline')) return null;
  const submit = (which: 'approve' | 'reject', reason: string) => action.run(
    () => (which === 'approve' ? api.approveBaseline : api.rejectBaseline)(info.id, reason), t(which === 'approve' ? 'device.baseline.approvedDone' : 'device.baseline.rejectedDone'),
    () => { setAsked(undefined); decided(); });
  return (
    <Space>
      <Button type="primary" onClick={() => setAsked('approve')} data-testid="baseline-approve">{t('device.baseline.approve')}</Button>
      <Button danger onClick={() => setAsked('reject')} data-testid="baseline-reject">{t('device.baseline.reject')}</Button>
      <ReasonModal open={!!asked} danger={asked === 'reject'} busy={action.busy}
        title={asked ? t(`device.baseline.${asked}`) : ''} text={asked ? t(`device.baseline.${asked}Text`) : ''}
        onCancel={() => setAsked(undefined)} onSubmit={(reason) => asked && void submit(asked, reason)} />
    </Space>
  );
}
