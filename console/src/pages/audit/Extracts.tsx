// Extracts: taking what the filter shows out of the audit, for a purpose and a time; and what was taken.
import { Button, Drawer, Form, Input, InputNumber, Modal, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { AuditExtract, AuditExtractNew } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { saveFile } from '../../components/saveFile';
import { useI18n } from '../../i18n/language';

export function ExtractButton({ filter, done }: { filter: Record<string, string | undefined>; done: () => void }) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<AuditExtractNew>();
  const action = useAction();
  const submit = (body: AuditExtractNew) => {
    void action.run(() => api.createExtract({ ...body, purpose: body.purpose.trim() }, filter), (made) => t('extract.made', { watermark: made.watermark, count: made.entries }),
      () => { setOpen(false); done(); });
  };
  return (
    <>
      <Button onClick={() => setOpen(true)} data-testid="extract-create">{t('extract.create')}</Button>
      <Modal open={open} title={t('extract.create')} onCancel={() => setOpen(false)} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
        okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ 'data-testid': 'extract-submit' }}>
        <p>{t('extract.text')}</p>
        <Form form={form} layout="vertical" preserve={false} initialValues={{ form: 'csv', valid_hours: 24 }} onFinish={submit}>
          <Form.Item name="purpose" label={t('extract.purpose')} rules={[{ required: true, whitespace: true, message: t('common.required') }, { max: 200, message: t('common.tooLong', { max: 200 }) }]}>
            <Input.TextArea rows={2} autoFocus showCount maxLength={200} data-testid="extract-purpose" />
          </Form.Item>
          <Form.Item name="form" label={t('extract.form')}><Select data-testid="extract-form" options={[{ value: 'csv', label: 'CSV' }, { value: 'jsonl', label: 'JSON Lines' }]} /></Form.Item>
          <Form.Item name="valid_hours" label={t('extract.hours')} rules={[{ required: true, message: t('common.required') }]}><InputNumber min={1} max={720} data-testid="extract-hours" /></Form.Item>
        </Form>
      </Modal>
    </>
  );
}

export function ExtractsDrawer({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useI18n();
  const action = useAction();
  const list = useResource(api.extracts, [open]);
  const fetchOne = (one: AuditExtract) => {
    void action.run(() => api.extractContent(one.id), t('extract.fetched'), (content) => saveFile(content.blob, `${one.watermark}.${one.form}`));
  };
  return (
    <Drawer open={open} onClose={close} width={1120} destroyOnHidden title={t('extract.list')} data-testid="extracts">
      <ErrorView error={list.error} retry={list.reload} />
      <Table<AuditExtract> rowKey="id" size="small" loading={list.loading && !list.data} dataSource={list.data?.items ?? []} pagination={{ pageSize: 20, hideOnSinglePage: true }}
        scroll={{ x: 'max-content' }} locale={{ emptyText: t('extract.empty') }} onRow={(one) => ({ 'data-testid': `extract-row-${one.watermark}`, 'data-state': one.state }) as object}
        columns={[
          { title: t('extract.watermark'), dataIndex: 'watermark' },
          { title: t('extract.state'), key: 'state', render: (_, one) => (one.state === 'ready'
            ? <Button size="small" loading={action.busy} onClick={() => fetchOne(one)} data-testid={`extract-fetch-${one.watermark}`}>{t('extract.fetch')}</Button>
            : <Tag>{t('extract.over')}</Tag>) },
          { title: t('extract.purpose'), key: 'purpose', render: (_, one) => <span style={{ display: 'inline-block', maxWidth: 220, whiteSpace: 'normal' }}>{one.purpose}</span> },
          { title: t('audit.person'), dataIndex: 'account' },
          { title: t('extract.entries'), dataIndex: 'entries', align: 'right' },
          { title: t('extract.made.at'), key: 'made', render: (_, one) => <TimeText value={one.made} /> },
          { title: t('extract.expires'), key: 'expires', render: (_, one) => <TimeText value={one.expires} /> },
          { title: 'SM3', key: 'digest', render: (_, one) => <Hash value={one.digest} /> },
        ]} />
    </Drawer>
  );
}
