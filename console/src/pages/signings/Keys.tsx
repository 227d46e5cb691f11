// Signing keys: everybody's public halves; one's own is made here, or added from a file made elsewhere.
import { Alert, Button, Card, Form, Input, Modal, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { SigningKey } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { saveFile } from '../../components/saveFile';
import { makeKeyFile, octetsToSign, signWith, spkiOf, type PersonKey } from '../../crypto/keyFile';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { UseKey } from './UseKey';

export function Keys() {
  const { t, code } = useI18n();
  const session = useSession();
  const keys = useResource((o) => api.signingKeys(o), []);
  const action = useAction();
  const [asking, setAsking] = useState<'make' | 'add'>();
  const [ending, setEnding] = useState<SigningKey>();
  const add = (key: PersonKey, label: string) => action.run(
    () => api.addSigningKey({ label, spki: spkiOf(key), proof: signWith(key, octetsToSign('signing-key', new TextEncoder().encode(session.account))) }),
    t('keys.added'), () => { setAsking(undefined); keys.reload(); });
  const endable = (key: SigningKey) => !key.removed && (key.mine ? can(session, 'removeSigningKey') : can(session, 'revokeSigningKey'));
  return (
    <>
      <Typography.Paragraph type="secondary">{t('keys.text')}</Typography.Paragraph>
      {can(session, 'addSigningKey') && (
        <Space className="kw-block">
          <Button type="primary" onClick={() => setAsking('make')} data-testid="key-make">{t('keys.make')}</Button>
          <Button onClick={() => setAsking('add')} data-testid="key-add">{t('keys.add')}</Button>
        </Space>
      )}
      <ErrorView error={keys.error} retry={keys.reload} />
      <Card>
        <Table<SigningKey> rowKey="id" size="middle" loading={keys.loading && !keys.data} dataSource={keys.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('keys.empty') }}
          onRow={(k) => ({ 'data-testid': `key-row-${k.account}` }) as object}
          columns={[
            { title: t('keys.owner'), key: 'owner', render: (_, k) => <>{k.account} <Tag>{code('role', k.role)}</Tag></> },
            { title: t('keys.label'), dataIndex: 'label' },
            { title: t('keys.id'), key: 'key', render: (_, k) => <Typography.Text code copyable={{ text: k.key }}>{k.key.slice(0, 16)}…</Typography.Text> },
            { title: t('keys.since'), key: 'added', render: (_, k) => <TimeText value={k.added} /> },
            { title: t('devices.state'), key: 'state', render: (_, k) => <KeyState k={k} /> },
            { title: t('common.actions'), key: 'end', render: (_, k) => endable(k) && <Button size="small" danger onClick={() => setEnding(k)} data-testid={`key-end-${k.account}`}>{t('keys.remove')}</Button> },
          ]} />
      </Card>
      <MakeKey open={asking === 'make'} busy={action.busy} onCancel={() => setAsking(undefined)} onMade={add} />
      <UseKey open={asking === 'add'} busy={action.busy} title={t('keys.add')} command={{ text: t('keys.ukey'), line: 'kioskward signing-keys add --skf LIB --label NAME' }}
        onCancel={() => setAsking(undefined)} onKey={(key) => add(key, t('keys.fromFile'))} />
      <ReasonModal open={!!ending} danger busy={action.busy} title={t('keys.remove')} text={t('keys.remove.text')} onCancel={() => setEnding(undefined)}
        onSubmit={(reason) => void (ending && action.run(() => (ending.mine ? api.removeSigningKey : api.revokeSigningKey)(ending.id, reason), t('keys.removed'), () => { setEnding(undefined); keys.reload(); }))} />
    </>
  );
}

function KeyState({ k }: { k: SigningKey }) {
  const { t } = useI18n();
  return (
    <Space size={4}>
      {k.in_rule && <Tag color="success">{t('keys.inRule')}</Tag>}
      {k.removed ? <Tag color={k.in_rule ? 'error' : 'default'}>{t('keys.isRemoved')}</Tag> : k.disabled && <Tag color={k.in_rule ? 'error' : 'default'}>{t('keys.ownerDisabled')}</Tag>}
      {!k.in_rule && !k.removed && !k.disabled && <Tag>{t('keys.notInRule')}</Tag>}
    </Space>
  );
}

interface MakeProps { open: boolean; busy: boolean; onMade: (key: PersonKey, label: string) => Promise<unknown>; onCancel: () => void }

function MakeKey({ open, busy, onMade, onCancel }: MakeProps) {
  const { t } = useI18n();
  const { account } = useSession();
  const [form] = Form.useForm<{ label: string; passphrase: string; again: string }>();
  const [making, setMaking] = useState(false);
  const make = async ({ label, passphrase }: { label: string; passphrase: string }) => {
    setMaking(true);
    const { key, pem } = await makeKeyFile(passphrase).finally(() => setMaking(false));
    saveFile(new Blob([pem], { type: 'application/x-pem-file' }), `${account}.key`);
    await onMade(key, label.trim());
  };
  return (
    <Modal open={open} title={t('keys.make')} onCancel={onCancel} onOk={() => form.submit()} confirmLoading={busy || making} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'key-make-submit' } }}>
      <Alert type="warning" showIcon message={t('keys.make.text')} className="kw-block" />
      <Form form={form} layout="vertical" preserve={false} requiredMark={false} onFinish={(values) => void make(values)}>
        <Form.Item name="label" label={t('keys.label')} rules={[{ required: true, whitespace: true, message: t('common.required') }, { max: 64 }]}>
          <Input maxLength={64} autoFocus data-testid="key-label" />
        </Form.Item>
        <Form.Item name="passphrase" label={t('keys.passphrase')} rules={[{ required: true, message: t('common.required') }, { min: 12, message: t('keys.passphrase.short') }]}>
          <Input.Password autoComplete="new-password" maxLength={256} data-testid="key-new-passphrase" />
        </Form.Item>
        <Form.Item name="again" label={t('keys.passphrase.again')} dependencies={['passphrase']}
          rules={[{ required: true, message: t('common.required') }, ({ getFieldValue }) => ({ validator: (_, value) => (value === getFieldValue('passphrase') ? Promise.resolve() : Promise.reject(new Error(t('keys.passphrase.differ')))) })]}>
          <Input.Password autoComplete="new-password" maxLength={256} data-testid="key-again" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
