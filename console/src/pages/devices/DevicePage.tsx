// DevicePage is everything known about one kiosk, and the orders that may be given to it.
import { ArrowLeftOutlined } from '@ant-design/icons';
import { Badge, Button, Card, Descriptions, Form, Input, Modal, Skeleton, Tabs } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { CustodianNew, Device, DeviceDetail } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, LiveTag, PageTitle, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { can, may, mayOpen } from '../../session/roles';
import { useSession } from '../../session/session';
import { ActionDrawer } from './ActionDrawer';
import { Baselines } from './Baselines';
import { BusinessSessions } from './BusinessSessions';
import { Camera } from './Camera';
import { Certificates, DeviceAlarms, Facts, Hardware, Orders } from './DeviceParts';
import { Revision } from './Devices';

type Order = 'release' | 'cut' | 'disable';

export default function DevicePage() {
  const { t } = useI18n();
  const { id = '' } = useParams();
  const { role } = useSession();
  const detail = useResource((o) => api.device(id, o), [id]);
  const baselines = useResource(async (o) => (may(role, 'listBaselines') ? api.baselines(id, o) : { items: [] }), [id, role]);
  const [order, setOrder] = useState<Order>();
  const [acting, setActing] = useState(false);
  const action = useAction();
  useLiveMessages((message) => {
    if (message.kind !== 'device' || message.device.id !== id) return;
    detail.update((d) => ({ ...d, device: message.device }));
    detail.reloadSoon();
    baselines.reloadSoon();
  });
  const device = detail.data?.device;
  const waiting = baselines.data?.items.filter((b) => b.state === 'proposed').length ?? 0;
  const submit = (kind: Order, reason: string) => action.run<unknown>(
    () => api[kind](id, reason), kind === 'disable' ? t('device.disabled') : t('device.ordered'), () => { setOrder(undefined); detail.reload(); });
  return (
    <>
      <Link to="/devices"><ArrowLeftOutlined /> {t('device.back')}</Link>
      <ErrorView error={detail.error} retry={detail.reload} />
      {!detail.data && detail.loading && <Skeleton active style={{ marginTop: 16 }} />}
      {device && detail.data && (
        <>
          <div style={{ height: 8 }} />
          <PageTitle extra={may(role, 'cutDevice') && <Orderly device={device} choose={setOrder} act={() => setActing(true)} />}>
            {device.name} <span style={{ marginLeft: 8, verticalAlign: 'middle' }}><LiveTag live={device.live} testId={`device-state-${device.id}`} /></span>
            {mayOpen(role, 'compliance') && <Link style={{ marginLeft: 8, fontSize: 14, fontWeight: 400 }} to={`/compliance?subject=device:${device.id}`} data-testid="device-compliance">{t('menu.compliance')}</Link>}
          </PageTitle>
          <Identity device={device} />
          <Card>
            <Tabs items={tabs(detail.data)} />
          </Card>
        </>
      )}
      <ActionDrawer device={id} name={device?.name ?? ''} open={acting} close={() => setActing(false)} ordered={detail.reload} />
      <ReasonModal open={!!order} danger={order !== 'release'} busy={action.busy}
        title={order ? t(`device.${order}.title`, { name: device?.name ?? '' }) : ''} text={order ? t(`device.${order}.text`) : ''}
        onCancel={() => setOrder(undefined)} onSubmit={(reason) => order && void submit(order, reason)} />
    </>
  );

  function tabs(data: DeviceDetail) {
    return [
      { key: 'hardware', label: t('device.hardware'), children: <Hardware digest={data.hardware_digest} sources={data.hardware_sources} /> },
      { key: 'certificates', label: t('device.certificates'), children: <Certificates items={data.certificates} /> },
      { key: 'facts', label: t('device.facts'), children: <Facts items={data.facts} /> },
      { key: 'orders', label: <span data-testid="device-tab-orders">{t('device.orders')}</span>, children: <Orders items={data.orders} /> },
      ...(may(role, 'listRequests') ? [{ key: 'camera', label: <span data-testid="device-tab-camera">{t('camera.tab')}</span>, children: <Camera device={id} disabled={data.device.live === 'disabled'} /> }] : []),
      ...(may(role, 'listBusinessSessions') ? [{ key: 'sessions', label: <span data-testid="device-tab-sessions">{t('timeline.sessions')}</span>, children: <BusinessSessions device={id} /> }] : []),
      ...(may(role, 'listBaselines') ? [{ key: 'baselines', label: <Waiting count={waiting} />, children: <><ErrorView error={baselines.error} retry={baselines.reload} /><Baselines items={baselines.data?.items ?? []} changed={baselines.reload} /></> }] : []),
      ...(mayOpen(role, 'alarms') ? [{ key: 'alarms', label: t('device.alarms'), children: <DeviceAlarms device={id} /> }] : []),
    ];
  }
}

function Waiting({ count }: { count: number }) {
  const { t } = useI18n();
  return <Badge size="small" offset={[8, 0]} count={count}><span data-testid="device-tab-baselines">{t('device.baselines')}</span></Badge>;
}

function Orderly({ device, choose, act }: { device: Device; choose: (order: Order) => void; act: () => void }) {
  const { t } = useI18n();
  const { role } = useSession();
  const cut = device.live === 'cut';
  const disabled = device.live === 'disabled';
  return (
    <>
      {may(role, 'releaseDevice') && <Button type={cut ? 'primary' : 'default'} disabled={!cut} onClick={() => choose('release')} data-testid="device-release">{t('device.release')}</Button>}
      {may(role, 'orderAction') && <Button disabled={disabled} onClick={act} data-testid="device-act">{t('device.act')}</Button>}
      <Button danger disabled={cut || disabled} onClick={() => choose('cut')} data-testid="device-cut">{t('device.cut')}</Button>
      {may(role, 'disableDevice') && <Button danger disabled={disabled} onClick={() => choose('disable')} data-testid="device-disable">{t('device.disable')}</Button>}
    </>
  );
}

function Identity({ device }: { device: Device }) {
  const { t } = useI18n();
  return (
    <Card title={t('device.identity')} className="kw-block">
      <Descriptions column={{ xs: 1, md: 2, xl: 3 }} size="small" items={[
        { key: 'id', label: t('device.id'), children: <Hash value={device.id} /> },
        { key: 'site', label: t('devices.site'), children: device.site_name },
        { key: 'version', label: t('devices.version'), children: device.agent_version || '—' },
        { key: 'address', label: t('devices.address'), children: device.address },
        { key: 'mac', label: t('devices.mac'), children: device.mac },
        { key: 'policy', label: t('devices.policy'), children: <span data-testid="device-policy"><Revision device={device} /></span> },
        { key: 'custodian', label: t('devices.custodian'), children: <Custodian device={device} /> },
        { key: 'phone', label: t('devices.phone'), children: device.custodian_phone || '—' },
        { key: 'seen', label: t('devices.lastSeen'), children: <TimeText value={device.last_seen} /> },
        ...(device.case_id ? [{ key: 'case', label: t('device.case'), children: <Hash value={device.case_id} /> }] : []),
      ]} />
    </Card>
  );
}

/// Custodian shows who looks after the kiosk; another one takes his place with a reason, and nobody else stays in the register.
function Custodian({ device }: { device: Device }) {
  const { t } = useI18n();
  const session = useSession();
  const action = useAction();
  const [form] = Form.useForm<CustodianNew>();
  const [open, setOpen] = useState(false);
  const required = { required: true, whitespace: true, message: t('common.required') };
  return (
    <>
      {device.custodian || '—'} {can(session, 'changeCustodian') && <Button type="link" size="small" onClick={() => setOpen(true)} data-testid="custodian-change">{t('custodian.change')}</Button>}
      <Modal open={open} title={t('custodian.change')} onCancel={() => setOpen(false)} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
        okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'custodian-submit' } }}>
        <Form form={form} layout="vertical" preserve={false} initialValues={{ custodian: '', custodian_phone: '', reason: '' }}
          onFinish={(body) => { void action.run(() => api.changeCustodian(device.id, body), t('custodian.changed'), () => setOpen(false)); }}>
          <Form.Item name="custodian" label={t('binding.custodian')} rules={[required]}><Input maxLength={64} data-testid="custodian-name" /></Form.Item>
          <Form.Item name="custodian_phone" label={t('binding.phone')}><Input maxLength={32} inputMode="tel" data-testid="custodian-phone" /></Form.Item>
          <Form.Item name="reason" label={t('common.reason')} rules={[required]}><Input maxLength={200} data-testid="custodian-reason" /></Form.Item>
        </Form>
      </Modal>
    </>
  );
}
