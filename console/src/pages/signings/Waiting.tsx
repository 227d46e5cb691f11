// What waits for signatures, and what became of it; a drawer shows one, and signs it.
import { Button, Card, Descriptions, Drawer, Segmented, Skeleton, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { SigningDetail, SigningInfo } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { octetsOf, octetsToSign, signWith, type PersonKey } from '../../crypto/keyFile';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { may } from '../../session/roles';
import { useSession } from '../../session/session';
import { keyIdOf } from './keyId';
import { UseKey } from './UseKey';

const COLOR: Record<SigningInfo['state'], string> = { waiting: 'processing', complete: 'success', withdrawn: 'default', lapsed: 'default' };
/// The kind of object that a signature is made for: ours to say, not the platform's.
const SIGNED_AS: Record<SigningInfo['kind'], string> = { order: 'order', uninstall: 'order', baseline: 'baseline', policy: 'policy-approval', persons: 'persons' };

export function Waiting() {
  const { t, code } = useI18n();
  const [which, setWhich] = useState<'waiting' | 'all'>('waiting');
  const list = useResource((o) => api.signings({ ...o, query: which === 'waiting' ? { state: 'waiting' } : {} }), [which]);
  const [open, setOpen] = useState<string>();
  useLiveMessages((message) => { if (message.kind === 'signing') list.reloadSoon(); });
  return (
    <>
      <Segmented value={which} onChange={setWhich} className="kw-block" data-testid="signings-which"
        options={[{ value: 'waiting', label: t('signings.waiting') }, { value: 'all', label: t('common.all') }]} />
      <ErrorView error={list.error} retry={list.reload} />
      <Card>
        <Table<SigningInfo> rowKey="id" size="middle" loading={list.loading && !list.data} dataSource={list.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('signings.empty') }}
          onRow={(s) => ({ 'data-testid': `signing-row-${s.id}`, 'data-state': s.state, 'data-kind': s.kind, onClick: () => setOpen(s.id), style: { cursor: 'pointer' } }) as object}
          columns={[
            { title: t('requests.what'), key: 'what', render: (_, s) => code('signing.act', s.act) },
            { title: t('requests.about'), key: 'about', render: (_, s) => s.device_name || (s.kind === 'policy' || s.kind === 'persons' ? t('signings.revision', { revision: s.subject }) : '—') },
            { title: t('devices.state'), key: 'state', render: (_, s) => <Tag color={COLOR[s.state]}>{code('signing.state', s.state)}</Tag> },
            { title: t('signings.needed'), dataIndex: 'needed' },
            { title: t('camera.request.by'), dataIndex: 'asked_by' },
            { title: t('camera.request.at'), key: 'asked', render: (_, s) => <TimeText value={s.asked} /> },
            { title: t('requests.expires'), key: 'expires', render: (_, s) => (s.state === 'waiting' ? <TimeText value={s.expires} /> : '—') },
            { title: t('common.actions'), key: 'open', render: (_, s) => <Button size="small" data-testid={`signing-open-${s.id}`}>{t('common.details')}</Button> },
          ]} />
      </Card>
      <Drawer open={!!open} onClose={() => setOpen(undefined)} width={640} destroyOnHidden title={t('signings.one')} data-testid="signing-drawer">
        {open && <One key={open} id={open} changed={list.reload} />}
      </Drawer>
    </>
  );
}

function One({ id, changed }: { id: string; changed: () => void }) {
  const { t, code } = useI18n();
  const { role, account } = useSession();
  const one = useResource((o) => api.signing(id, o), [id]);
  const action = useAction();
  const [asking, setAsking] = useState<'sign' | 'withdraw'>();
  useLiveMessages((message) => { if (message.kind === 'signing' && message.signing.id === id) one.reloadSoon(); });
  if (one.error) return <ErrorView error={one.error} retry={one.reload} />;
  if (!one.data) return <Skeleton active />;
  const { info, signers } = one.data;
  const settled = () => { setAsking(undefined); one.reload(); changed(); };
  const sign = (detail: SigningDetail, key: PersonKey) => action.run(
    () => api.sign(id, { key: keyIdOf(key), signature: signWith(key, octetsToSign(SIGNED_AS[detail.info.kind], octetsOf(detail.payload))) }),
    (done) => t(done.info.state === 'complete' ? 'signings.complete' : 'signings.signed'), settled);
  const able = info.state === 'waiting' && may(role, 'signSigning');
  return (
    <>
      <Descriptions column={1} size="small" bordered className="kw-block" items={[
        { key: 'what', label: t('requests.what'), children: code('signing.act', info.act) },
        { key: 'state', label: t('devices.state'), children: <Tag color={COLOR[info.state]} data-testid="signing-state">{code('signing.state', info.state)}</Tag> },
        ...(info.device_name ? [{ key: 'device', label: t('alarms.device'), children: info.device_name }] : []),
        ...Object.entries(info.words).filter(([, v]) => v).map(([name, value]) => ({ key: `word-${name}`, label: code('param', name.replace(/^args\./, '')), children: <span style={{ overflowWrap: 'anywhere' }} data-testid={`signing-word-${name}`}>{value}</span> })),
        { key: 'needed', label: t('signings.needed'), children: info.must ? t('signings.neededWith', { needed: info.needed, account: info.must }) : info.needed },
        { key: 'signers', label: t('signings.signers'), children: <span data-testid="signing-signers">{signers.join(', ') || '—'}</span> },
        { key: 'by', label: t('camera.request.by'), children: info.asked_by },
        { key: 'until', label: t('requests.expires'), children: <TimeText value={info.expires} /> },
        ...(info.decision ? [{ key: 'decision', label: t('camera.request.decision'), children: `${info.decided_by}: ${info.decision}` }] : []),
      ]} />
      <Typography.Paragraph type="secondary">{t('signings.word')}</Typography.Paragraph>
      <Space>
        {able && !signers.includes(account) && <Button type="primary" onClick={() => setAsking('sign')} data-testid="signing-sign">{t('signings.sign')}</Button>}
        {able && <Button danger onClick={() => setAsking('withdraw')} data-testid="signing-withdraw">{t('signings.withdraw')}</Button>}
      </Space>
      <UseKey open={asking === 'sign'} busy={action.busy} title={t('signings.sign')} command={{ text: t('signings.ukey'), line: `kioskward signings sign ${id} --skf LIB` }}
        onCancel={() => setAsking(undefined)} onKey={(key) => sign(one.data as SigningDetail, key)} />
      <ReasonModal open={asking === 'withdraw'} danger busy={action.busy} title={t('signings.withdraw')} text={t('signings.withdraw.text')}
        onCancel={() => setAsking(undefined)} onSubmit={(reason) => void action.run(() => api.withdrawSigning(id, reason), t('signings.withdrawn'), settled)} />
    </>
  );
}
