// Regions: the tree of city, districts, streets and outlets that sites and people belong to.
import { PlusOutlined } from '@ant-design/icons';
import { Button, Card, Form, Input, Modal, Popconfirm, Select, Space, Tree } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { Region, RegionKind } from '../api/types';
import { useAction } from '../components/action';
import { regionTree } from '../components/RegionSelect';
import { useI18n } from '../i18n/language';
import { may } from '../session/roles';
import { useSession } from '../session/session';

const KINDS: RegionKind[] = ['city', 'district', 'street', 'outlet'];
type Editing = { what: 'add' | 'rename'; region: Region };

export function Regions({ regions, changed }: { regions: Region[]; changed: () => void }) {
  const { t } = useI18n();
  const { role } = useSession();
  const action = useAction();
  const [editing, setEditing] = useState<Editing>();
  const keeper = may(role, 'createRegion');
  const row = (id: string) => {
    const region = regions.find((r) => r.id === id);
    if (!region) return null;
    return (
      <Space data-testid={`region-row-${region.name}`}>
        <span>{region.name} <small>{t(`region.${region.kind}`)} · {t('regions.sites', { count: region.sites })}</small></span>
        {keeper && region.kind !== 'outlet' && <Button size="small" icon={<PlusOutlined />} onClick={() => setEditing({ what: 'add', region })} data-testid={`region-add-${region.name}`}>{t('regions.add')}</Button>}
        {keeper && <Button size="small" onClick={() => setEditing({ what: 'rename', region })} data-testid={`region-rename-${region.name}`}>{t('regions.rename')}</Button>}
        {keeper && region.kind !== 'city' && region.sites === 0 && (
          <Popconfirm title={t('regions.delete.text')} okText={t('common.confirm')} cancelText={t('common.cancel')} onConfirm={() => void action.run(() => api.deleteRegion(region.id), t('common.done'), changed)}>
            <Button size="small" danger data-testid={`region-delete-${region.name}`}>{t('regions.delete')}</Button>
          </Popconfirm>
        )}
      </Space>
    );
  };
  return (
    <Card title={t('regions.title')}>
      {regions.length > 0 && <Tree treeData={regionTree(regions)} expandedKeys={regions.map((r) => r.id)} selectable={false} titleRender={(node) => row(String(node.key))} />}
      {editing && <RegionModal {...editing} close={() => setEditing(undefined)} done={() => { setEditing(undefined); changed(); }} />}
    </Card>
  );
}

function RegionModal({ what, region, close, done }: Editing & { close: () => void; done: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<{ name: string; kind: RegionKind }>();
  const action = useAction();
  const below = KINDS.slice(KINDS.indexOf(region.kind) + 1);
  const submit = ({ name, kind }: { name: string; kind: RegionKind }) => action.run(
    () => (what === 'add' ? api.createRegion({ parent: region.id, name: name.trim(), kind }) : api.renameRegion(region.id, name.trim())), t('common.done'), done);
  return (
    <Modal open title={t(`regions.${what}`)} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy}
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'region-submit' } }}>
      <Form form={form} layout="vertical" initialValues={{ name: what === 'rename' ? region.name : '', kind: below[0] }} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('regions.name')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}><Input autoFocus maxLength={100} data-testid="region-name" /></Form.Item>
        {what === 'add' && (
          <Form.Item name="kind" label={t('regions.kind')}><Select options={below.map((kind) => ({ value: kind, label: t(`region.${kind}`) }))} data-testid="region-kind" /></Form.Item>
        )}
      </Form>
    </Modal>
  );
}
