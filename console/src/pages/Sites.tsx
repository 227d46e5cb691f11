// Sites: the places where kiosks stand, and the regions that they lie in.
import { PlusOutlined } from '@ant-design/icons';
import { Button, Card, Form, Input, Modal, Table } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../api/endpoints';
import type { Region, Site } from '../api/types';
import { useAction } from '../components/action';
import { ErrorView, PageTitle } from '../components/basics';
import { RegionSelect } from '../components/RegionSelect';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { may } from '../session/roles';
import { useSession } from '../session/session';
import { Regions } from './Regions';

export default function Sites() {
  const { t } = useI18n();
  const { role } = useSession();
  const sites = useResource(api.sites, []);
  const regions = useResource(api.regions, []);
  const [open, setOpen] = useState(false);
  const [moving, setMoving] = useState<Site>();
  const places = regions.data?.items ?? [];
  return (
    <>
      <PageTitle extra={may(role, 'createSite') && <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen(true)} data-testid="site-create">{t('sites.create')}</Button>}>{t('menu.sites')}</PageTitle>
      <ErrorView error={sites.error ?? regions.error} retry={sites.reload} />
      <Card className="kw-block">
        <Table<Site> rowKey="id" size="middle" loading={sites.loading && !sites.data} dataSource={sites.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('sites.empty') }}
          onRow={(site) => ({ 'data-testid': `site-row-${site.id}` }) as object}
          columns={[
            { title: t('sites.name'), dataIndex: 'name' },
            { title: t('sites.region'), key: 'region', render: (_, site) => places.find((r) => r.id === site.region)?.name ?? '—' },
            { title: t('sites.address'), dataIndex: 'address', render: (v: string) => v || '—' },
            { title: t('sites.devices'), dataIndex: 'devices', align: 'right', render: (n: number, site) => <Link to={`/devices?site=${site.id}`}>{n}</Link> },
            ...(may(role, 'moveSite') ? [{ title: t('common.actions'), key: 'actions', render: (_: unknown, site: Site) => <Button size="small" onClick={() => setMoving(site)} data-testid={`site-move-${site.id}`}>{t('sites.move')}</Button> }] : []),
          ]} />
      </Card>
      <Regions regions={places} changed={regions.reload} />
      <SiteModal open={open} close={() => setOpen(false)} created={() => { sites.reload(); regions.reload(); }} />
      {moving && <MoveModal site={moving} regions={places} close={() => setMoving(undefined)} moved={() => { sites.reload(); regions.reload(); }} />}
    </>
  );
}

interface SiteValues { name: string; region: string; address?: string }

export function SiteModal({ open, close, created }: { open: boolean; close: () => void; created: (site: Site) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<SiteValues>();
  const regions = useResource(api.regions, []);
  const action = useAction();
  const places = regions.data?.items ?? [];
  const submit = (values: SiteValues) => action.run(
    () => api.createSite({ name: values.name.trim(), region: values.region, address: (values.address ?? '').trim() }),
    t('sites.created'), (site) => { close(); created(site); });
  return (
    <Modal open={open} title={t('sites.create')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ 'data-testid': 'site-submit' }}>
      <ErrorView error={regions.error} retry={regions.reload} />
      {places.length > 0 && <Form form={form} layout="vertical" preserve={false} initialValues={{ region: places[0]?.id }} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('sites.name')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
          <Input autoFocus maxLength={100} data-testid="site-name" />
        </Form.Item>
        <Form.Item name="region" label={t('sites.region')} rules={[{ required: true, message: t('common.required') }]}><RegionSelect regions={places} testId="site-region" /></Form.Item>
        <Form.Item name="address" label={t('sites.address')}><Input maxLength={200} data-testid="site-address" /></Form.Item>
      </Form>}
    </Modal>
  );
}

function MoveModal({ site, regions, close, moved }: { site: Site; regions: Region[]; close: () => void; moved: () => void }) {
  const { t } = useI18n();
  const [region, setRegion] = useState(site.region);
  const action = useAction();
  return (
    <Modal open title={t('sites.move.title', { name: site.name })} onCancel={close} confirmLoading={action.busy} okText={t('common.confirm')} cancelText={t('common.cancel')}
      okButtonProps={{ disabled: region === site.region, ...{ 'data-testid': 'site-move-submit' } }}
      onOk={() => void action.run(() => api.moveSite(site.id, region), t('sites.moved'), () => { close(); moved(); })}>
      <RegionSelect regions={regions} value={region} onChange={(v) => setRegion(String(v))} testId="site-move-region" />
    </Modal>
  );
}
