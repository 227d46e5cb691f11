// Exports: where the audit ledger goes, how far each target is, and what its receiver last said.
import { Alert, Button, Card, Descriptions, Drawer, Space, Table, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { api } from '../../api/endpoints';
import type { ExportRefusal, ExportTarget } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, PageTitle, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { lagText, shownState, STATE_COLORS } from './lag';
import Profiles from './Profiles';

const LOOK_AGAIN = 5_000;
const RECORD_COLORS = { refused: 'error', asked: 'processing', taken: 'success' } as const;
type Ask = 'pause' | 'resume' | 'test';

export default function Exports() {
  const { t } = useI18n();
  const targets = useResource(api.exports, []);
  const [shown, setShown] = useState('');
  const { reload } = targets;
  useEffect(() => {
    const timer = setInterval(reload, LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [reload]);
  const items = targets.data?.items ?? [];
  return (
    <>
      <PageTitle extra={<Button onClick={reload} data-testid="exports-reload">{t('common.reload')}</Button>}>{t('menu.exports')}</PageTitle>
      <ErrorView error={targets.error} retry={reload} />
      {targets.data && items.length === 0 && <Alert type="info" showIcon message={t('exports.none')} style={{ marginBottom: 16 }} />}
      <Card>
        <Table<ExportTarget> rowKey="name" size="middle" loading={targets.loading && !targets.data} dataSource={items} pagination={false}
          scroll={{ x: 'max-content' }} locale={{ emptyText: t('exports.empty') }}
          onRow={(e) => ({ 'data-testid': `export-row-${e.name}`, 'data-state': shownState(e), className: 'kw-row', onClick: () => setShown(e.name) }) as object}
          columns={[
            { title: t('exports.name'), key: 'name', render: (_, e) => (
              <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={(event) => { event.stopPropagation(); setShown(e.name); }} data-testid={`export-open-${e.name}`}>{e.name}</Button>
            ) },
            { title: t('exports.kind'), key: 'kind', render: (_, e) => t(`exports.kinds.${e.kind}`) },
            { title: t('exports.state'), key: 'state', render: (_, e) => <StateTag target={e} /> },
            { title: t('exports.lag'), key: 'lag', align: 'right', render: (_, e) => <Lag target={e} /> },
            { title: t('exports.sent'), dataIndex: 'sent', align: 'right' },
            { title: t('exports.refused'), key: 'refused', align: 'right', render: (_, e) => (e.aside > 0 ? <Tag color="error">{e.aside}</Tag> : e.refused) },
            { title: t('exports.lastSuccess'), key: 'success', render: (_, e) => <TimeText value={e.last_success} /> },
            { title: t('exports.lastError'), key: 'error', render: (_, e) => <span style={{ overflowWrap: 'anywhere' }}>{e.last_error || '—'}</span> },
          ]} />
      </Card>
      <Profiles changed={reload} />
      <TargetDrawer target={items.find((e) => e.name === shown)} close={() => setShown('')} changed={reload} />
    </>
  );
}

function StateTag({ target }: { target: ExportTarget }) {
  const { code } = useI18n();
  const state = shownState(target);
  return <Tag color={STATE_COLORS[state]} data-testid={`export-state-${target.name}`} data-state={state}>{code('exports.states', state)}</Tag>;
}

function Lag({ target }: { target: ExportTarget }) {
  const { t } = useI18n();
  const { count, minutes } = lagText(target, Date.now());
  return <span data-testid={`export-lag-${target.name}`}>{minutes > 0 ? t('exports.lagOf', { count, minutes }) : count}</span>;
}

function TargetDrawer({ target, close, changed }: { target: ExportTarget | undefined; close: () => void; changed: () => void }) {
  const { t } = useI18n();
  const [ask, setAsk] = useState<Ask>();
  const action = useAction();
  const name = target?.name ?? '';
  const submit = (reason: string) => {
    const write = { pause: api.pauseExport, resume: api.resumeExport, test: api.testExport }[ask as Ask];
    void action.run(() => write(name, reason), t(`exports.done.${ask as Ask}`), () => { setAsk(undefined); changed(); });
  };
  return (
    <Drawer open={target !== undefined} onClose={close} width={640} title={name} destroyOnHidden
      extra={target && (
        <Space>
          <Button onClick={() => setAsk('test')} data-testid="export-test">{t('exports.test')}</Button>
          {target.paused
            ? <Button type="primary" onClick={() => setAsk('resume')} data-testid="export-resume">{t('exports.resume')}</Button>
            : <Button danger onClick={() => setAsk('pause')} data-testid="export-pause">{t('exports.pause')}</Button>}
        </Space>
      )}>
      {target && <Details target={target} />}
      {target && target.refused > 0 && <Refusals key={`${name} ${target.refused} ${target.aside}`} name={name} changed={changed} />}
      <ReasonModal open={ask !== undefined} title={ask ? t(`exports.${ask}`) : ''} text={ask ? t(`exports.ask.${ask}`) : ''} danger={ask === 'pause'}
        busy={action.busy} onSubmit={submit} onCancel={() => setAsk(undefined)} />
    </Drawer>
  );
}

function Details({ target: e }: { target: ExportTarget }) {
  const { t, code } = useI18n();
  const rows: [string, React.ReactNode][] = [
    ['exports.state', <StateTag key="s" target={e} />],
    ['exports.address', e.address],
    ['exports.lag', <Lag key="l" target={e} />],
    ['exports.cursor', t('exports.cursorOf', { cursor: e.cursor, size: e.size })],
    ['exports.oldest', <TimeText key="o" value={e.oldest} />],
    ['exports.sent', e.sent],
    ['exports.batch', e.batch],
    ['exports.aside', e.aside],
    ['exports.strays', e.strays],
    ['exports.attempts', e.attempts],
    ['exports.lastError', e.last_error || '—'],
    ['exports.profile', <Hash key="p" value={e.profile} />],
    ['exports.testResult', e.test
      ? <span key="t" data-testid="export-test-result" data-result={e.test.result}>{code('exports.tests', e.test.result)} {e.test.detail} <TimeText value={e.test.time} /></span>
      : t('common.never')],
  ];
  return (
    <Descriptions column={1} size="small" bordered style={{ marginBottom: 16 }}
      items={rows.map(([key, children]) => ({ key, label: code(key.split('.')[0] as string, key.split('.')[1] as string), children }))} />
  );
}

function Refusals({ name, changed }: { name: string; changed: () => void }) {
  const { t, code } = useI18n();
  const [again, setAgain] = useState('');
  const action = useAction();
  const list = useResource((o) => api.exportRefusals(name, { ...o, query: { limit: 50 } }), [name]);
  const submit = (reason: string) => {
    void action.run(() => api.resendRefusal(name, again, reason), t('exports.done.resend'), () => { setAgain(''); list.reload(); changed(); });
  };
  return (
    <>
      <ErrorView error={list.error} retry={list.reload} />
      <Table<ExportRefusal> rowKey="index" size="small" title={() => t('exports.refusals')} dataSource={list.data?.items ?? []} loading={list.loading} pagination={false} scroll={{ x: 'max-content' }}
        onRow={(r) => ({ 'data-testid': `export-refusal-${r.number}`, 'data-state': r.state }) as object}
        columns={[
          { title: t('audit.index'), dataIndex: 'index', align: 'right' },
          { title: t('exports.number'), dataIndex: 'number' },
          { title: t('exports.code'), key: 'code', render: (_, r) => <span title={r.whole ? t('exports.whole') : undefined}>{r.code || '—'}</span> },
          { title: t('audit.time'), key: 'time', render: (_, r) => <TimeText value={r.time} /> },
          { title: t('exports.recordState'), key: 'state', render: (_, r) => <Tag color={RECORD_COLORS[r.state]}>{code('exports.records', r.state)}</Tag> },
          { title: '', key: 'again', render: (_, r) => r.state === 'refused'
            && <Button size="small" onClick={() => setAgain(r.number)} data-testid={`export-resend-${r.number}`}>{t('exports.resend')}</Button> },
        ]} />
      <ReasonModal open={again !== ''} title={t('exports.resend')} text={t('exports.ask.resend')} busy={action.busy} onSubmit={submit} onCancel={() => setAgain('')} />
    </>
  );
}
