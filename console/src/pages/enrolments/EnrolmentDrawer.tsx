// EnrolmentDrawer sets what a kiosk reports beside what it will be bound to, and takes the decision.
import { Alert, Button, Descriptions, Drawer, Form, Input, Select, Space, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Binding, Enrolment, Site } from '../../api/types';
import { useAction } from '../../components/action';
import { Hash, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useI18n } from '../../i18n/language';
import { Sources } from '../devices/DeviceParts';
import { hostOf, looksLikeAddress, looksLikeMac, looksLikePrefix } from './address';

interface Props {
  enrolment: Enrolment | undefined;
  sites: Site[];
  siteName: (id: string) => string;
  close: () => void;
  decided: (enrolment: Enrolment) => void;
}

export function EnrolmentDrawer({ enrolment, sites, siteName, close, decided }: Props) {
  const { t } = useI18n();
  const [form] = Form.useForm<Binding>();
  const action = useAction();
  const [rejecting, setRejecting] = useState(false);
  const pending = enrolment?.state === 'pending';
  const approve = (values: Binding) => {
    if (!enrolment) return;
    const text = (value: string | undefined) => (value ?? '').trim();
    const gateway = text(values.gateway);
    const binding: Binding = {
      name: text(values.name), site: values.site, address: text(values.address), mac: text(values.mac).toLowerCase(),
      custodian: text(values.custodian), custodian_phone: text(values.custodian_phone), ...(gateway && { gateway }),
    };
    void action.run(() => api.approve(enrolment.id, binding), t('enrolments.approved'), decided);
  };
  const reject = (reason: string) => enrolment && void action.run(
    () => api.reject(enrolment.id, reason), t('enrolments.rejected'), (e) => { setRejecting(false); decided(e); });
  return (
    <Drawer open={!!enrolment} onClose={close} width={620} title={t('enrolments.title')} destroyOnHidden data-testid="enrolment-drawer"
      footer={pending && (
        <Space style={{ display: 'flex', justifyContent: 'flex-end' }}>
          <Button danger onClick={() => setRejecting(true)} data-testid="enrolment-reject">{t('enrolments.reject')}</Button>
          <Button type="primary" loading={action.busy} onClick={() => form.submit()} data-testid="enrolment-approve">{t('enrolments.approve')}</Button>
        </Space>
      )}>
      {enrolment && (
        <>
          <Reported enrolment={enrolment} siteName={siteName} />
          {pending && <BindingForm key={enrolment.id} enrolment={enrolment} sites={sites} form={form} onFinish={approve} />}
        </>
      )}
      <ReasonModal open={rejecting} danger busy={action.busy} title={t('enrolments.reject.title')} text={t('enrolments.reject.text')}
        onCancel={() => setRejecting(false)} onSubmit={reject} />
    </Drawer>
  );
}

function Reported({ enrolment: e, siteName }: { enrolment: Enrolment; siteName: (id: string) => string }) {
  const { t } = useI18n();
  const nat = e.peer && e.address && hostOf(e.peer) !== hostOf(e.address);
  return (
    <>
      <Descriptions title={t('enrolments.reportedTitle')} column={1} size="small" bordered className="kw-block" items={[
        { key: 'time', label: t('enrolments.requested'), children: <TimeText value={e.requested} /> },
        { key: 'host', label: t('enrolments.hostname'), children: e.hostname },
        { key: 'site', label: t('devices.site'), children: siteName(e.site) },
        { key: 'address', label: t('enrolments.reported'), children: e.address },
        { key: 'mac', label: t('devices.mac'), children: e.mac },
        { key: 'interface', label: t('enrolments.interface'), children: e.interface },
        { key: 'peer', label: t('enrolments.peer'), children: e.peer },
        { key: 'digest', label: t('device.digest'), children: <Hash value={e.hardware_digest} whole /> },
        { key: 'sources', label: t('device.sources'), children: <Sources sources={e.hardware_sources} /> },
        { key: 'tpm', label: t('enrolments.tpm'), children: e.tpm || t('enrolments.noTpm') },
        { key: 'version', label: t('devices.version'), children: e.agent_version },
        ...(e.device ? [{ key: 'device', label: t('enrolments.device'), children: <Link to={`/devices/${e.device}`}>{e.device}</Link> }] : []),
        ...(e.reason ? [{ key: 'reason', label: t('common.reason'), children: e.reason }] : []),
      ]} />
      {nat && <Alert type="warning" showIcon className="kw-block" message={t('enrolments.peerDiffers')} />}
      {e.hardware_sources.some((s) => !s.present) && <Alert type="info" showIcon className="kw-block" message={t('enrolments.sourcesMissing')} />}
    </>
  );
}

interface BindingProps {
  enrolment: Enrolment;
  sites: Site[];
  form: ReturnType<typeof Form.useForm<Binding>>[0];
  onFinish: (binding: Binding) => void;
}

function BindingForm({ enrolment: e, sites, form, onFinish }: BindingProps) {
  const { t } = useI18n();
  const address = Form.useWatch('address', form) as string | undefined;
  const mac = Form.useWatch('mac', form) as string | undefined;
  const addressDiffers = !!address && hostOf(address.trim()) !== hostOf(e.address);
  const macDiffers = !!mac && mac.trim().toLowerCase() !== e.mac.toLowerCase();
  const required = { required: true, whitespace: true, message: t('common.required') };
  const shape = (ok: (text: string) => boolean, word: string) => ({
    validator: (_: unknown, value: string | undefined) => (!value?.trim() || ok(value.trim()) ? Promise.resolve() : Promise.reject(new Error(word))),
  });
  const warn = (text: string) => <Typography.Text type="warning" role="alert">{text}</Typography.Text>;
  return (
    <>
      <Typography.Title level={5}>{t('enrolments.bindingTitle')}</Typography.Title>
      <Form form={form} layout="vertical" preserve={false} onFinish={onFinish} validateTrigger="onBlur"
        initialValues={{ name: e.hostname, site: e.site, address: e.address, gateway: '', mac: e.mac, custodian: '', custodian_phone: '' }}>
        <Form.Item name="name" label={t('binding.name')} rules={[required]}><Input maxLength={64} data-testid="binding-name" /></Form.Item>
        <Form.Item name="site" label={t('binding.site')} rules={[{ required: true, message: t('common.required') }]}>
          <Select showSearch optionFilterProp="label" options={sites.map((s) => ({ value: s.id, label: s.name }))} data-testid="binding-site" />
        </Form.Item>
        <Form.Item name="address" label={t('binding.address')} extra={addressDiffers && warn(t('enrolments.addressDiffers'))}
          rules={[required, shape(looksLikePrefix, t('binding.form.address'))]}>
          <Input data-testid="binding-address" />
        </Form.Item>
        <Form.Item name="gateway" label={t('binding.gateway')} rules={[shape(looksLikeAddress, t('binding.form.gateway'))]}>
          <Input placeholder="10.66.0.1" data-testid="binding-gateway" />
        </Form.Item>
        <Form.Item name="mac" label={t('binding.mac')} extra={macDiffers && warn(t('enrolments.macDiffers'))}
          rules={[required, shape(looksLikeMac, t('binding.form.mac'))]}>
          <Input data-testid="binding-mac" />
        </Form.Item>
        <Form.Item name="custodian" label={t('binding.custodian')} rules={[required]}><Input maxLength={64} data-testid="binding-custodian" /></Form.Item>
        <Form.Item name="custodian_phone" label={t('binding.phone')}><Input maxLength={32} inputMode="tel" data-testid="binding-phone" /></Form.Item>
      </Form>
    </>
  );
}
