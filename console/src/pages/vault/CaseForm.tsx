// CaseForm files a case by hand: what somebody brings on paper. What is stored of the matter has an input; files have none here.
import { Button, Form, Input, Modal, Select, Typography } from 'antd';
import { useState } from 'react';
import type { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { VaultField, VaultMatter } from '../../api/types';
import { useAction } from '../../components/action';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { Refusal, TermsFields, type Terms } from './parts';
import { filedValues, FORMS } from './values';

interface Filing extends Terms { number: string; status: string; site?: string; values: Record<string, string> }
const REFERENCE = /^[A-Za-z0-9._-]{1,64}$/, STATUS = /^[a-z0-9-]{1,32}$/;

export function FileCase({ matter, filed }: { matter: VaultMatter; filed: (number: string) => void }) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} data-testid="vault-file">{t('vault.fileCase')}</Button>
      {open && <CaseForm matter={matter} close={() => setOpen(false)} filed={(number) => { setOpen(false); filed(number); }} />}
    </>
  );
}

function CaseForm({ matter, close, filed }: { matter: VaultMatter; close: () => void; filed: (number: string) => void }) {
  const { t } = useI18n();
  const session = useSession();
  const [form] = Form.useForm<Filing>();
  const [error, setError] = useState<ApiError>();
  const action = useAction((refused) => { setError(refused); return true; });
  const required = { required: true, message: t('common.required') };
  const submit = ({ purpose, consent, number, status, site, values }: Filing) => {
    setError(undefined);
    void action.run(() => api.putVaultCases(matter.code, { purpose, consent, ...(site && { site }), cases: [{ number, status, values: filedValues(values) }] }), t('vault.filed', { number }), () => filed(number));
  };
  return (
    <Modal open width={640} title={t('vault.fileCase')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('vault.fileCase')} cancelText={t('common.cancel')}
      okButtonProps={{ ...{ 'data-testid': 'vault-file-submit' } }} maskClosable={false}>
      <Typography.Paragraph type="secondary">{t('vault.fileText')}</Typography.Paragraph>
      <Refusal error={error} />
      <Form form={form} layout="vertical" onFinish={submit} autoComplete="off" initialValues={{ purpose: 'entry', consent: '', number: '', status: 'accepted', values: {} }}>
        <TermsFields purposes={['entry']} prefix="vault-file" />
        <Form.Item name="number" label={t('vault.number')} rules={[required, { pattern: REFERENCE, message: t('vault.consentForm') }]}><Input maxLength={64} data-testid="vault-file-number" /></Form.Item>
        <Form.Item name="status" label={t('vault.status')} rules={[required, { pattern: STATUS, message: t('vault.statusForm') }]}><Input maxLength={32} data-testid="vault-file-status" /></Form.Item>
        {can(session, 'listSites') && <Site />}
        <Typography.Title level={5}>{t('vault.values')}</Typography.Title>
        {matter.fields.filter((field) => field.stored && field.protection !== 'file').map((field) => <Value key={field.name} field={field} />)}
      </Form>
    </Modal>
  );
}

function Site() {
  const { t } = useI18n();
  const sites = useResource(api.sites, []);
  return (
    <Form.Item name="site" label={t('vault.site')}>
      <Select allowClear showSearch optionFilterProp="label" loading={sites.loading} data-testid="vault-file-site" options={sites.data?.items.map((one) => ({ value: one.id, label: one.name }))} />
    </Form.Item>
  );
}

function Value({ field }: { field: VaultField }) {
  const { t, code } = useI18n();
  const form = FORMS[field.type];
  const words = field.choices.length > 0 ? field.choices.map((value) => ({ value, label: value })) : form?.words?.map((value) => ({ value, label: code('vaultWord', value) }));
  return (
    <Form.Item name={['values', field.name]} label={field.title} rules={form?.pattern ? [{ pattern: form.pattern, message: t(form.message) }] : []}>
      {words ? <Select allowClear options={words} data-testid={`vault-file-value-${field.name}`} />
        : <Input maxLength={2000} autoComplete="off" {...(form && { placeholder: form.example })} data-testid={`vault-file-value-${field.name}`} />}
    </Form.Item>
  );
}
