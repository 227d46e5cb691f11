// Sites: the places where kiosks stand.
import { PlusOutlined } from '@ant-design/icons';
import { Button, Card, Form, Input, Modal, Table } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../api/endpoints';
import type { Site, SiteNew } from '../api/types';
import { useAction } from '../components/action';
import { ErrorView, PageTitle } from '../components/basics';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';

export default function Sites() {
  const { t } = useI18n();
  const sites = useResource(api.sites, []);
  const [open, setOpen] = useState(false);
  return (
    <>
      <PageTitle extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen(true)} data-testid="site-create">{t('sites.create')}</Button>}>{t('menu.sites')}</PageTitle>
      <ErrorView error={sites.error} retry={sites.reload} />
      <Card>
        <Table<Site> rowKey="id" size="middle" loading={sites.loading && !sites.data} dataSource={sites.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('sites.empty') }}
          onRow={(site) => ({ 'data-testid': `site-row-${site.id}` }) as object}
          columns={[
            { title: t('sites.name'), dataIndex: 'name' },
            { title: t('sites.district'), dataIndex: 'district', render: (v: string) => v || '—' },
            { title: t('sites.address'), dataIndex: 'address', render: (v: string) => v || '—' },
            { title: t('sites.devices'), dataIndex: 'devices', align: 'right', render: (n: number, site) => <Link to={`/devices?site=${site.id}`}>{n}</Link> },
          ]} />
      </Card>
      <SiteModal open={open} close={() => setOpen(false)} created={sites.reload} />
    </>
  );
}

export function SiteModal({ open, close, created }: { open: boolean; close: () => void; created: (site: Site) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<SiteNew>();
  const action = useAction();
  const submit = (values: SiteNew) => action.run(
    () => api.createSite({ name: values.name.trim(), district: (values.district ?? '').trim(), address: (values.address ?? '').trim() }),
    t('sites.created'), (site) => { close(); created(site); });
  return (
    <Modal open={open} title={t('sites.create')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ 'data-testid': 'site-submit' }}>
      <Form form={form} layout="vertical" preserve={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('sites.name')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
          <Input autoFocus maxLength={100} data-testid="site-name" />
        </Form.Item>
        <Form.Item name="district" label={t('sites.district')}><Input maxLength={100} data-testid="site-district" /></Form.Item>
        <Form.Item name="address" label={t('sites.address')}><Input maxLength={200} data-testid="site-address" /></Form.Item>
      </Form>
    </Modal>
  );
}
