// FileModal files a record for a requirement's check; DeclareModal says that a requirement does not apply.
import { Button, Form, Input, Modal, Select, Typography, Upload } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { ComplianceCheck } from '../../api/types';
import { useAction } from '../../components/action';
import { sm3 } from '../../crypto/sm3';
import { useI18n } from '../../i18n/language';
import { wantedText, words } from './words';

interface Asked { reference: string; issuer: string; from: string; until: string; fields?: Record<string, string> }
const today = () => new Date().toISOString().slice(0, 10);
const hex = (octets: Uint8Array) => Array.from(octets, (one) => one.toString(16).padStart(2, '0')).join('');
const asTime = (day: string) => `${day}T00:00:00Z`;

export function FileModal({ checks, subject, close, done }: { checks: ComplianceCheck[]; subject: string; close: () => void; done: () => void }) {
  const { t, lang } = useI18n();
  const [form] = Form.useForm<Asked>();
  const [name, setName] = useState(checks[0]?.name ?? '');
  const [file, setFile] = useState<{ name: string; digest: string }>();
  const action = useAction();
  const check = checks.find((one) => one.name === name);
  const required = { required: true, whitespace: true, message: t('common.required') };
  const submit = (asked: Asked) => {
    const fields = Object.fromEntries(Object.entries(asked.fields ?? {}).filter(([, value]) => value).map(([key, value]) => [key, value.trim()]));
    const body = {
      subject, record: check?.looks_at[0] ?? '', reference: asked.reference.trim(), issuer: asked.issuer.trim(), valid_from: asTime(asked.from), valid_until: asTime(asked.until), fields,
      ...(file ? { file_name: file.name, file_digest: file.digest } : {}),
    };
    void action.run(() => api.fileComplianceRecord(body), t('compliance.filed'), done);
  };
  return (
    <Modal open width={640} title={t('compliance.file')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('compliance.file')} cancelText={t('common.cancel')}
      okButtonProps={{ ...{ 'data-testid': 'compliance-file-submit' } }}>
      <Typography.Paragraph type="secondary">{t('compliance.fileText')}</Typography.Paragraph>
      <Form form={form} layout="vertical" onFinish={submit} initialValues={{ from: today() }}>
        {checks.length > 1 && (
          <Form.Item label={t('compliance.record')}>
            <Select value={name} onChange={setName} options={checks.map((one) => ({ value: one.name, label: `${words(lang, one.what)} (${one.looks_at[0] ?? ''})` }))} data-testid="compliance-file-record" />
          </Form.Item>
        )}
        {checks.length === 1 && check && <Typography.Paragraph>{words(lang, check.what)} <code>{check.looks_at[0]}</code></Typography.Paragraph>}
        <div className="kw-look">
          <Form.Item name="reference" label={t('compliance.reference')} rules={[required]}><Input maxLength={100} data-testid="compliance-file-reference" /></Form.Item>
          <Form.Item name="issuer" label={t('compliance.issuer')} rules={[required]}><Input maxLength={200} data-testid="compliance-file-issuer" /></Form.Item>
          <Form.Item name="from" label={t('compliance.validFrom')} rules={[required]}><Input type="date" data-testid="compliance-file-from" /></Form.Item>
          <Form.Item name="until" label={t('compliance.validUntil')} rules={[required]}><Input type="date" data-testid="compliance-file-until" /></Form.Item>
        </div>
        <div className="kw-look">
          {(check?.fields ?? []).map((one) => (
            <Form.Item key={one.name} name={['fields', one.name]} label={one.has_to_be ? `${one.name} (${wantedText(t, one.has_to_be)})` : one.name} rules={[required]}>
              <Input maxLength={200} data-testid={`compliance-file-field-${one.name}`} />
            </Form.Item>
          ))}
        </div>
        <Form.Item label={t('compliance.fileName')} required={check?.file ?? false}>
          <Upload maxCount={1} showUploadList={false} beforeUpload={(chosen) => {
            void chosen.arrayBuffer().then((octets) => setFile({ name: chosen.name, digest: hex(sm3(new Uint8Array(octets))) }));
            return false;  // its octets stay here
          }}>
            <Button data-testid="compliance-file-choose">{t('compliance.chooseFile')}</Button>
          </Upload>
          {file && <Typography.Paragraph style={{ margin: '8px 0 0', overflowWrap: 'anywhere' }} data-testid="compliance-file-digest">{file.name} <code>{file.digest}</code></Typography.Paragraph>}
        </Form.Item>
      </Form>
    </Modal>
  );
}

interface Declared { reference: string; reason: string; until: string }

export function DeclareModal({ requirement, subject, close, done }: { requirement: string; subject: string; close: () => void; done: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<Declared>();
  const action = useAction();
  const required = { required: true, whitespace: true, message: t('common.required') };
  const submit = ({ reference, reason, until }: Declared) => void action.run(
    () => api.declareNotApplicable({ subject, requirement, reference: reference.trim(), reason: reason.trim(), valid_until: asTime(until) }), '', done,
  );
  return (
    <Modal open title={t('compliance.declare')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('compliance.declare')} cancelText={t('common.cancel')}
      okButtonProps={{ ...{ 'data-testid': 'compliance-declare-submit' } }}>
      <Typography.Paragraph type="secondary">{t('compliance.declareText')}</Typography.Paragraph>
      <Form form={form} layout="vertical" onFinish={submit}>
        <Form.Item name="reference" label={t('compliance.reference')} rules={[required]}><Input maxLength={100} data-testid="compliance-declare-reference" /></Form.Item>
        <Form.Item name="reason" label={t('compliance.why')} rules={[required]}><Input.TextArea rows={3} maxLength={200} showCount data-testid="compliance-declare-reason" /></Form.Item>
        <Form.Item name="until" label={t('compliance.validUntil')} rules={[required]}><Input type="date" data-testid="compliance-declare-until" /></Form.Item>
      </Form>
    </Modal>
  );
}
