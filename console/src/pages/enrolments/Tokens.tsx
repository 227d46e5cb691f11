// Tokens: one-time tokens with which a kiosk asks to join; a token is shown once, with the line to type.
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, InputNumber, Modal, Select, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { EnrolToken, EnrolTokenCreated, EnrolTokenNew, Site } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource, type Resource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { SiteModal } from '../Sites';

const COLOR: Record<EnrolToken['state'], string> = { unused: 'processing', used: 'success', expired: 'default' };

export function Tokens({ sites }: { sites: Resource<{ items: Site[] }> }) {
  const { t } = useI18n();
  const tokens = useResource(api.tokens, []);
  const [creating, setCreating] = useState(false);
  const [newSite, setNewSite] = useState(false);
  const [created, setCreated] = useState<EnrolTokenCreated>();
  useLiveMessages((message) => { if (message.kind === 'enrolment') tokens.reloadSoon(); });
  const names = new Map((sites.data?.items ?? []).map((s) => [s.id, s.name]));
  const none = sites.data?.items.length === 0;
  return (
    <>
      <div className="kw-filters">
        <Button type="primary" icon={<PlusOutlined />} disabled={none} onClick={() => setCreating(true)} data-testid="token-create">{t('tokens.create')}</Button>
        <Button onClick={() => setNewSite(true)} data-testid="token-new-site">{t('sites.create')}</Button>
        {none && <Typography.Text type="secondary">{t('tokens.noSites')}</Typography.Text>}
      </div>
      <ErrorView error={tokens.error} retry={tokens.reload} />
      <Table<EnrolToken> rowKey="id" size="middle" loading={tokens.loading && !tokens.data} dataSource={tokens.data?.items ?? []} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('tokens.empty') }} columns={[
          { title: t('tokens.created'), key: 'created', render: (_, k) => <TimeText value={k.created} /> },
          { title: t('tokens.site'), key: 'site', render: (_, k) => names.get(k.site) ?? '—' },
          { title: t('common.note'), dataIndex: 'note', render: (v: string) => v || '—' },
          { title: t('tokens.expires'), key: 'expires', render: (_, k) => <TimeText value={k.expires} /> },
          { title: t('tokens.state'), key: 'state', render: (_, k) => <Tag color={COLOR[k.state]}>{t(`tokens.state.${k.state}`)}</Tag> },
        ]} />
      <TokenModal open={creating} sites={sites.data?.items ?? []} close={() => setCreating(false)} created={(made) => { setCreated(made); tokens.reload(); }} />
      <SiteModal open={newSite} close={() => setNewSite(false)} created={sites.reload} />
      <Shown made={created} close={() => setCreated(undefined)} />
    </>
  );
}

function TokenModal({ open, sites, close, created }: { open: boolean; sites: Site[]; close: () => void; created: (made: EnrolTokenCreated) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<EnrolTokenNew>();
  const action = useAction();
  const submit = (v: EnrolTokenNew) => action.run(
    () => api.createToken({ site: v.site, valid_minutes: v.valid_minutes, note: (v.note ?? '').trim() }), t('common.done'), (made) => { close(); created(made); });
  return (
    <Modal open={open} title={t('tokens.create')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ 'data-testid': 'token-submit' }}>
      <Form form={form} layout="vertical" preserve={false} onFinish={(values) => void submit(values)}
        initialValues={{ site: sites.length === 1 ? sites[0]?.id : undefined, valid_minutes: 60, note: '' }}>
        <Form.Item name="site" label={t('tokens.site')} rules={[{ required: true, message: t('common.required') }]}>
          <Select showSearch optionFilterProp="label" options={sites.map((s) => ({ value: s.id, label: s.name }))} data-testid="token-site" />
        </Form.Item>
        <Form.Item name="valid_minutes" label={t('tokens.minutes')} rules={[{ required: true, message: t('common.required') }]}>
          <InputNumber min={1} max={10080} precision={0} style={{ width: 160 }} data-testid="token-minutes" />
        </Form.Item>
        <Form.Item name="note" label={t('common.note')}><Input maxLength={200} data-testid="token-note" /></Form.Item>
      </Form>
    </Modal>
  );
}

function Shown({ made, close }: { made: EnrolTokenCreated | undefined; close: () => void }) {
  const { t } = useI18n();
  const host = location.hostname.includes(':') && !location.hostname.startsWith('[') ? `[${location.hostname}]` : location.hostname;
  const command = made ? `kioskward-agent enrol --server ${host}:8660 --token ${made.token}` : '';
  return (
    <Modal open={!!made} width={640} title={t('tokens.onceTitle')} onCancel={close} maskClosable={false}
      footer={<Button type="primary" onClick={close} data-testid="token-once-close">{t('common.close')}</Button>}>
      <Alert type="warning" showIcon message={t('common.shownOnce')} className="kw-block" />
      {made && (
        <>
          <Typography.Paragraph>{t('tokens.token')}: <Typography.Text code copyable={{ text: made.token }}><span data-testid="token-value" style={{ wordBreak: 'break-all' }}>{made.token}</span></Typography.Text></Typography.Paragraph>
          <Typography.Paragraph>{t('tokens.expires')}: <TimeText value={made.expires} /></Typography.Paragraph>
          <Typography.Paragraph strong copyable={{ text: command }}>{t('tokens.command')}</Typography.Paragraph>
          <pre className="kw-code kw-wrap" data-testid="token-command" tabIndex={0}>{command}</pre>
        </>
      )}
    </Modal>
  );
}
