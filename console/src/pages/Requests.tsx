// Requests: what takes two persons and waits for the second one, and what became of it.
import { Button, Card, Descriptions, Drawer, Segmented, Skeleton, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { RequestInfo } from '../api/types';
import { useAction } from '../components/action';
import { ErrorView, PageTitle, TimeText } from '../components/basics';
import { ReasonModal } from '../components/ReasonModal';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { useLiveMessages } from '../live/live';
import { useSession } from '../session/session';
import { mayDecide } from './devices/requests';

const COLOR: Record<RequestInfo['state'], string> = { waiting: 'processing', approved: 'success', rejected: 'error', lapsed: 'default' };
type Which = 'waiting' | 'all';

export default function Requests() {
  const { t } = useI18n();
  const [which, setWhich] = useState<Which>('waiting');
  const requests = useResource((o) => api.requests({ ...o, query: which === 'waiting' ? { state: 'waiting' } : {} }), [which]);
  const [open, setOpen] = useState<string>();
  useLiveMessages((message) => { if (message.kind === 'request') requests.reloadSoon(); });
  return (
    <>
      <PageTitle extra={<Segmented<Which> value={which} onChange={setWhich} data-testid="requests-which"
        options={[{ value: 'waiting', label: t('requests.waiting') }, { value: 'all', label: t('common.all') }]} />}>{t('menu.requests')}</PageTitle>
      <ErrorView error={requests.error} retry={requests.reload} />
      <Card>
        <Table<RequestInfo> rowKey="id" size="middle" loading={requests.loading && !requests.data} dataSource={requests.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('requests.empty') }}
          onRow={(r) => ({ 'data-testid': `request-row-${r.id}`, 'data-state': r.state, 'data-operation': r.operation, onClick: () => setOpen(r.id), style: { cursor: 'pointer' } }) as object}
          columns={[
            { title: t('requests.what'), key: 'what', render: (_, r) => <OperationName request={r} /> },
            { title: t('devices.state'), key: 'state', render: (_, r) => <StateTag request={r} /> },
            { title: t('requests.about'), key: 'about', render: (_, r) => r.device_name || r.args.account || '—' },
            { title: t('camera.request.by'), dataIndex: 'asked_by' },
            { title: t('camera.request.at'), key: 'asked', render: (_, r) => <TimeText value={r.asked} /> },
            { title: t('common.reason'), dataIndex: 'reason', render: (v: string) => v || '—' },
            { title: t('requests.expires'), key: 'expires', render: (_, r) => (r.state === 'waiting' ? <TimeText value={r.expires} /> : '—') },
            { title: t('common.actions'), key: 'open', render: (_, r) => <Button size="small" data-testid={`request-open-${r.id}`}>{t('common.details')}</Button> },
          ]} />
      </Card>
      <RequestDrawer id={open} close={() => setOpen(undefined)} changed={requests.reload} />
    </>
  );
}

function OperationName({ request }: { request: RequestInfo }) {
  const { code } = useI18n();
  const action = request.section ? `${request.section}.${request.action}` : request.args.section ? `${request.args.section}.${request.args.action}` : '';
  return <span>{code('operation', request.operation)}{action && <><br /><small>{action}</small></>}</span>;
}

function StateTag({ request }: { request: RequestInfo }) {
  const { t } = useI18n();
  const failed = request.state === 'approved' && request.outcome !== '' && request.outcome !== 'done';
  return (
    <Space size={4}>
      <Tag color={COLOR[request.state]}>{t(`camera.request.${request.state}`)}</Tag>
      {failed && <Tag color="error" data-testid="request-failed">{request.outcome}</Tag>}
      {request.state === 'approved' && request.outcome === '' && <Tag color="warning">{t('requests.granted')}</Tag>}
    </Space>
  );
}

function RequestDrawer({ id, close, changed }: { id: string | undefined; close: () => void; changed: () => void }) {
  const { t } = useI18n();
  return (
    <Drawer open={!!id} onClose={close} width={640} destroyOnHidden title={t('requests.title')} data-testid="request-drawer">
      {id && <Whole key={id} id={id} changed={changed} />}
    </Drawer>
  );
}

function Whole({ id, changed }: { id: string; changed: () => void }) {
  const { t, code } = useI18n();
  const { account, role } = useSession();
  const request = useResource((o) => api.request(id, o), [id]);
  const action = useAction();
  const [deciding, setDeciding] = useState<'approve' | 'reject'>();
  useLiveMessages((message) => { if (message.kind === 'request' && message.request.id === id) request.reloadSoon(); });
  const decide = (reason: string) => deciding && action.run(
    () => (deciding === 'approve' ? api.approveRequest : api.rejectRequest)(id, reason),
    (done) => (deciding === 'approve' ? (done.outcome === '' || done.outcome === 'done' ? t('requests.approved') : t('requests.failed', { outcome: done.outcome })) : t('requests.rejected')),
    () => { setDeciding(undefined); request.reload(); changed(); });
  if (request.error) return <ErrorView error={request.error} retry={request.reload} />;
  const r = request.data;
  if (!r) return <Skeleton active />;
  const able = mayDecide(r, account, role);
  return (
    <>
      <Descriptions column={1} size="small" bordered className="kw-block" items={[
        { key: 'what', label: t('requests.what'), children: <OperationName request={r} /> },
        { key: 'state', label: t('devices.state'), children: <StateTag request={r} /> },
        ...(r.device_name ? [{ key: 'device', label: t('alarms.device'), children: r.device_name }] : []),
        ...Object.entries(r.args).filter(([, v]) => v).map(([name, value]) => ({ key: `arg-${name}`, label: code('param', name), children: <span data-testid={`request-arg-${name}`} style={{ overflowWrap: 'anywhere' }}>{name === 'role' ? code('role', value) : value}</span> })),
        { key: 'reason', label: t('common.reason'), children: r.reason || '—' },
        { key: 'by', label: t('camera.request.by'), children: r.asked_by },
        { key: 'at', label: t('camera.request.at'), children: <TimeText value={r.asked} /> },
        { key: 'until', label: t('requests.expires'), children: <TimeText value={r.expires} /> },
        ...(r.decided_by ? [{ key: 'decided', label: t('camera.request.decision'), children: `${r.decided_by}: ${r.decision}` }] : []),
      ]} />
      {r.wanted != null && (
        <>
          <Typography.Title level={5}>{t('requests.wanted')}</Typography.Title>
          <pre className="kw-code" style={{ maxHeight: 360, overflow: 'auto' }} data-testid="request-wanted">{JSON.stringify(r.wanted, null, 2)}</pre>
        </>
      )}
      <Space style={{ marginTop: 16 }}>
        {able.approve && <Button type="primary" onClick={() => setDeciding('approve')} data-testid="request-approve">{t('camera.request.approve')}</Button>}
        {able.reject && <Button danger onClick={() => setDeciding('reject')} data-testid="request-reject">{t(able.approve ? 'camera.request.reject' : 'camera.request.takeBack')}</Button>}
      </Space>
      <ReasonModal open={!!deciding} danger={deciding === 'reject'} busy={action.busy} title={t(deciding === 'reject' ? 'camera.request.reject' : 'camera.request.approve')}
        text={t(deciding === 'reject' ? 'requests.reject.text' : 'requests.approve.text')} onCancel={() => setDeciding(undefined)} onSubmit={(reason) => void decide(reason)} />
    </>
  );
}
