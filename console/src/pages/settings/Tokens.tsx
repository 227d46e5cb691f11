// Tokens: how machines use the API. Each does some operations in some regions until a day, and is shown once.
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Form, Input, InputNumber, Modal, Select, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { ApiToken, ApiTokenCreated, ApiTokenNew } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { RegionNames, RegionSelect } from '../../components/RegionSelect';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { may, tokenOperations } from '../../session/roles';
import { useSession } from '../../session/session';

const COLOR: Record<ApiToken['state'], string> = { valid: 'success', expired: 'default', revoked: 'error' };

export function Tokens() {
  const { t, code } = useI18n();
  const { role } = useSession();
  const tokens = useResource(api.apiTokens, []);
  const regions = useResource(api.regions, []);
  const action = useAction();
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<ApiTokenCreated>();
  const [revoking, setRevoking] = useState<ApiToken>();
  const places = regions.data?.items ?? [];
  const revoke = (reason: string) => revoking && action.run(() => api.revokeApiToken(revoking.id, reason), t('tokens.revoked'), () => { setRevoking(undefined); tokens.reload(); });
  return (
    <Card extra={may(role, 'createApiToken') && <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)} data-testid="api-token-create">{t('tokens.machineNew')}</Button>}>
      <ErrorView error={tokens.error ?? regions.error} retry={tokens.reload} />
      <Table<ApiToken> rowKey="id" size="middle" loading={tokens.loading && !tokens.data} dataSource={tokens.data?.items ?? []} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }}
        onRow={(token) => ({ 'data-testid': `api-token-row-${token.name}`, 'data-state': token.state }) as object}
        columns={[
          { title: t('tokens.name'), dataIndex: 'name' },
          { title: t('users.state'), key: 'state', render: (_, token) => <Tag color={COLOR[token.state]}>{t(`tokens.state.${token.state}`)}</Tag> },
          { title: t('tokens.operations'), key: 'operations', render: (_, token) => <span style={{ whiteSpace: 'normal' }}>{token.operations.map((o) => code('operation', o)).join('、')}</span> },
          { title: t('users.regions'), key: 'regions', render: (_, token) => <RegionNames ids={token.regions} regions={places} /> },
          { title: t('users.expires'), key: 'expires', render: (_, token) => <TimeText value={token.expires} /> },
          { title: t('sessions.used'), key: 'used', render: (_, token) => <TimeText value={token.last_used} /> },
          { title: t('tokens.by'), dataIndex: 'created_by' },
          ...(may(role, 'revokeApiToken') ? [{ title: t('common.actions'), key: 'actions', render: (_: unknown, token: ApiToken) => <Button size="small" danger disabled={token.state !== 'valid'} onClick={() => setRevoking(token)} data-testid={`api-token-revoke-${token.name}`}>{t('tokens.revoke')}</Button> }] : []),
        ]} />
      {creating && <TokenModal regions={places} close={() => setCreating(false)} done={(token) => { setCreating(false); setMade(token); tokens.reload(); }} />}
      <Modal open={!!made} title={t('tokens.machineNew')} onCancel={() => setMade(undefined)} maskClosable={false} footer={<Button type="primary" onClick={() => setMade(undefined)} data-testid="api-token-close">{t('common.close')}</Button>}>
        <Alert type="warning" showIcon message={t('common.shownOnce')} className="kw-block" />
        {made && <Typography.Text code copyable={{ text: made.text }}><span data-testid="api-token-text" style={{ wordBreak: 'break-all' }}>{made.text}</span></Typography.Text>}
      </Modal>
      <ReasonModal open={!!revoking} danger busy={action.busy} title={t('tokens.revoke')} text={t('tokens.revoke.text')} onCancel={() => setRevoking(undefined)} onSubmit={(reason) => void revoke(reason)} />
    </Card>
  );
}

function TokenModal({ regions, close, done }: { regions: Parameters<typeof RegionSelect>[0]['regions']; close: () => void; done: (made: ApiTokenCreated) => void }) {
  const { t, code } = useI18n();
  const { role, regions: own } = useSession();
  const [form] = Form.useForm<ApiTokenNew>();
  const action = useAction();
  const submit = (v: ApiTokenNew) => action.run(
    () => api.createApiToken({ name: v.name.trim(), operations: v.operations, regions: v.regions, days: v.days, certificate: (v.certificate ?? '').trim() }), t('common.done'), done);
  return (
    <Modal open title={t('tokens.machineNew')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy}
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'api-token-submit' } }}>
      <Form form={form} layout="vertical" initialValues={{ days: 90, regions: own, operations: [] }} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('tokens.name')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}><Input autoFocus maxLength={64} data-testid="api-token-name" /></Form.Item>
        <Form.Item name="operations" label={t('tokens.operations')} rules={[{ required: true, type: 'array', min: 1, message: t('common.required') }]}>
          <Select mode="multiple" options={tokenOperations(role).map((o) => ({ value: o, label: code('operation', o) }))} optionFilterProp="label" data-testid="api-token-operations" />
        </Form.Item>
        <Form.Item name="regions" label={t('users.regions')} rules={[{ required: true, type: 'array', min: 1, message: t('common.required') }]}><RegionSelect regions={regions} multiple testId="api-token-regions" /></Form.Item>
        <Form.Item name="days" label={t('tokens.days')} rules={[{ required: true, message: t('common.required') }]}><InputNumber min={1} max={366} precision={0} data-testid="api-token-days" /></Form.Item>
        <Form.Item name="certificate" label={t('tokens.certificate')} extra={t('tokens.certificateHint')}><Input maxLength={95} data-testid="api-token-certificate" /></Form.Item>
      </Form>
    </Modal>
  );
}
