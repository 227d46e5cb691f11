// Rotations: new keys for a matter in one district, and how far its cases are; new wrapping keys for a class.
import { CheckCircleOutlined, SyncOutlined } from '@ant-design/icons';
import { Alert, AutoComplete, Button, Card, Form, Modal, Select, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import type { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { Vault, VaultKey, VaultRewrap, VaultRotation, VaultRotationNew } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { districtsOf } from './keys';
import { District } from './parts';

/// Classes of what is ever stored: authentication data land nowhere.
const CLASSES = ['personal', 'business', 'audit', 'configuration', 'video'];

export function Rotations({ vault, keys, changed }: { vault: Vault; keys: VaultKey[]; changed: () => void }) {
  const { t } = useI18n();
  const session = useSession();
  const [asking, setAsking] = useState<'rotate' | 'rewrap'>();
  const done = () => { setAsking(undefined); changed(); };
  return (
    <Card className="kw-block" title={t('vault.rotations')} extra={(
      <Space wrap>
        {can(session, 'rotateVault') && <Button type="primary" onClick={() => setAsking('rotate')} data-testid="vault-rotate">{t('vault.rotate')}</Button>}
        {can(session, 'rewrapVaultKeys') && <Button onClick={() => setAsking('rewrap')} data-testid="vault-rewrap">{t('vault.rewrap')}</Button>}
      </Space>
    )}>
      <Typography.Paragraph type="secondary">{t('vault.rotationsText')}</Typography.Paragraph>
      <Table<VaultRotation> rowKey={(one) => `${one.matter} ${one.district}`} size="small" dataSource={vault.rotations} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 10, showSizeChanger: false }} locale={{ emptyText: t('vault.noRotations') }}
        onRow={(one) => ({ 'data-testid': `vault-rotation-${one.matter}`, 'data-district': one.district, 'data-state': one.ended ? 'ended' : 'moving' }) as object}
        columns={[
          { title: t('vault.matter'), key: 'matter', render: (_, one) => vault.matters.find((m) => m.code === one.matter)?.title ?? one.matter },
          { title: t('vault.district'), key: 'district', render: (_, one) => <District name={one.district} /> },
          { title: t('vault.progress'), key: 'progress', render: (_, one) => <Progress rotation={one} /> },
          { title: t('vault.began'), key: 'began', render: (_, one) => <TimeText value={one.began} /> },
          { title: t('vault.ended'), key: 'ended', render: (_, one) => (one.ended ? <TimeText value={one.ended} /> : '—') },
          { title: t('vault.by'), dataIndex: 'asked_by' },
        ]} />
      {asking === 'rotate' && <RotateModal vault={vault} keys={keys} close={() => setAsking(undefined)} done={done} />}
      {asking === 'rewrap' && <RewrapModal close={() => setAsking(undefined)} done={done} />}
    </Card>
  );
}

function Progress({ rotation: { ended, moved, passes } }: { rotation: VaultRotation }) {
  const { t } = useI18n();
  if (ended) return <Tag color="success" icon={<CheckCircleOutlined />}>{t('vault.over', { moved })}</Tag>;
  return <Tag color="processing" icon={<SyncOutlined spin />}>{t('vault.moving', { pass: passes + 1, moved })}</Tag>;
}

function RotateModal({ vault, keys, close, done }: { vault: Vault; keys: VaultKey[]; close: () => void; done: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<VaultRotationNew>();
  const matter = Form.useWatch('matter', form) ?? '';
  const district = Form.useWatch('district', form);
  const matters = vault.matters.filter((one) => districtsOf(keys, one.code).length > 0);
  const busy = vault.rotations.some((one) => !one.ended && one.matter === matter && one.district === district);
  const action = useAction();
  const submit = (wanted: VaultRotationNew) => void action.run(() => api.rotateVault(wanted), t('vault.rotating'), done);
  const required = { required: true, message: t('common.required') };
  return (
    <Modal open title={t('vault.rotate')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('vault.rotate')} cancelText={t('common.cancel')}
      okButtonProps={{ disabled: matters.length === 0 || busy, ...{ 'data-testid': 'vault-rotate-submit' } }}>
      <Typography.Paragraph type="secondary">{t('vault.rotateText')}</Typography.Paragraph>
      {matters.length === 0 && <Alert type="info" showIcon className="kw-block" message={t('vault.rotateNone')} />}
      {busy && <Alert type="info" showIcon className="kw-block" message={t('vault.rotateBusy')} />}
      <Form form={form} layout="vertical" onFinish={submit} onValuesChange={(change: Partial<VaultRotationNew>) => {
        if (change.matter === undefined) return;
        const places = districtsOf(keys, change.matter);
        form.setFieldValue('district', places.length === 1 ? places[0] : undefined);
      }}>
        <Form.Item name="matter" label={t('vault.matter')} rules={[required]}>
          <Select data-testid="vault-rotate-matter" options={matters.map((one) => ({ value: one.code, label: one.title }))} />
        </Form.Item>
        {/* The district of cases without a site has an empty name, which `required` would not take. */}
        <Form.Item name="district" label={t('vault.district')} required rules={[{ validator: (_, value) => (typeof value === 'string' ? Promise.resolve() : Promise.reject(new Error(t('common.required')))) }]}>
          <Select data-testid="vault-rotate-district" options={districtsOf(keys, matter).map((value) => ({ value, label: value || t('vault.noDistrict') }))} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function RewrapModal({ close, done }: { close: () => void; done: () => void }) {
  const { t, code } = useI18n();
  const [form] = Form.useForm<VaultRewrap>();
  const [error, setError] = useState<ApiError>();
  // Who wraps keys does not see them: the districts are those of the sites.
  const sites = useResource(api.sites, []);
  const action = useAction((refused) => { setError(refused); return true; });
  const districts = [...new Set((sites.data?.items ?? []).map((site) => site.district))].filter(Boolean).sort();
  const submit = (wanted: VaultRewrap) => {
    setError(undefined);
    void action.run(() => api.rewrapVaultKeys({ ...wanted, district: wanted.district.trim() }), ({ moved }) => t('vault.rewrapped', { count: moved }), done);
  };
  return (
    <Modal open title={t('vault.rewrap')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('common.confirm')} cancelText={t('common.cancel')}
      okButtonProps={{ ...{ 'data-testid': 'vault-rewrap-submit' } }}>
      <Typography.Paragraph type="secondary">{t('vault.rewrapText')}</Typography.Paragraph>
      {error?.code === 'not_found' ? <Alert type="warning" showIcon role="alert" className="kw-block" data-testid="vault-rewrap-none" message={t('vault.rewrapNone')} /> : <ErrorView error={error} />}
      <Form form={form} layout="vertical" initialValues={{ data_class: 'personal', district: '' }} onFinish={submit}>
        <Form.Item name="data_class" label={t('vault.class')}><Select data-testid="vault-rewrap-class" options={CLASSES.map((value) => ({ value, label: code('vaultClass', value) }))} /></Form.Item>
        <Form.Item name="district" label={t('vault.district')}>
          <AutoComplete placeholder={t('vault.noDistrict')} maxLength={64} data-testid="vault-rewrap-district" options={districts.map((value) => ({ value }))} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
