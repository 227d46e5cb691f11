// Activation is the first login: one-time password and new password, then an authenticator, then in.
import { CheckCircleOutlined, ClockCircleOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, QRCode, Steps, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { ApiError } from '../api/client';
import { api } from '../api/endpoints';
import type { ActivationSecret } from '../api/types';
import { ErrorDetail } from '../components/basics';
import { asApiError } from '../components/resource';
import { useI18n } from '../i18n/language';
import type { Key } from '../i18n/translate';
import { passwordHints } from '../session/password';
import { useSessionState } from '../session/session';
import { EntryFrame } from './EntryFrame';

export default function Activation() {
  const { t } = useI18n();
  const [secret, setSecret] = useState<ActivationSecret>();
  return (
    <EntryFrame title={t('activation.title')}>
      <Steps size="small" current={secret ? 1 : 0} className="kw-block"
        items={[{ title: t('activation.step.password') }, { title: t('activation.step.code') }]} />
      {secret ? <Authenticator secret={secret} again={() => setSecret(undefined)} /> : <NewPassword next={setSecret} />}
      <div style={{ marginTop: 16, textAlign: 'center' }}><Link to="/">{t('activation.back')}</Link></div>
    </EntryFrame>
  );
}

function Refused({ error, word }: { error: ApiError | undefined; word: Key }) {
  const i18n = useI18n();
  if (!error) return null;
  return (
    <Alert type="error" showIcon role="alert" className="kw-block" data-testid="activation-error" data-code={error.code}
      message={error.status === 401 ? i18n.t(word) : i18n.error(error)} description={<ErrorDetail error={error} />} />
  );
}

interface PasswordValues {
  account: string;
  one_time_password: string;
  new_password: string;
  repeat: string;
}

function NewPassword({ next }: { next: (secret: ActivationSecret) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<PasswordValues>();
  const account: string = Form.useWatch('account', form) ?? '';
  const password: string = Form.useWatch('new_password', form) ?? '';
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const submit = async ({ account: name, one_time_password, new_password }: PasswordValues) => {
    setBusy(true);
    try {
      next(await api.beginActivation({ account: name.trim(), one_time_password: one_time_password.trim(), new_password }));
    } catch (reason) {
      setError(asApiError(reason));
    } finally {
      setBusy(false);
    }
  };
  const required = { required: true, message: t('common.required') };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
      <Refused error={error} word="activation.refused" />
      <Form.Item name="account" label={t('login.account')} rules={[required]}>
        <Input autoFocus autoComplete="username" maxLength={64} data-testid="activation-account" />
      </Form.Item>
      <Form.Item name="one_time_password" label={t('activation.oneTime')} rules={[required]}>
        <Input.Password autoComplete="off" maxLength={64} data-testid="activation-one-time" />
      </Form.Item>
      <Form.Item name="new_password" label={t('activation.newPassword')} validateTrigger="onBlur"
        rules={[required, { validator: (_, value: string) => (!value || [...value].length >= 12 ? Promise.resolve() : Promise.reject(new Error(t('activation.hint.length')))) }]}>
        <Input.Password autoComplete="new-password" maxLength={256} data-testid="activation-password" />
      </Form.Item>
      <Hints password={password} account={account.trim()} />
      <Form.Item name="repeat" label={t('activation.repeat')} dependencies={['new_password']} validateTrigger="onBlur"
        rules={[required, ({ getFieldValue }) => ({
          validator: (_, value) => (!value || value === getFieldValue('new_password') ? Promise.resolve() : Promise.reject(new Error(t('activation.differs')))),
        })]}>
        <Input.Password autoComplete="new-password" maxLength={256} data-testid="activation-repeat" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy} data-testid="activation-next">{t('activation.next')}</Button>
    </Form>
  );
}

function Hints({ password, account }: { password: string; account: string }) {
  const { t } = useI18n();
  const hints = passwordHints(password, account);
  return (
    <ul className="kw-hints" aria-label={t('activation.hints')}>
      {(['length', 'classes', 'account', 'variety'] as const).map((name) => (
        <li key={name} data-testid={`activation-hint-${name}`} data-met={hints[name]} className={hints[name] ? 'kw-same' : undefined}>
          <span role="img" aria-label={t(hints[name] ? 'activation.hint.met' : 'activation.hint.unmet')}>
            {hints[name] ? <CheckCircleOutlined /> : <ClockCircleOutlined />}
          </span>
          {t(`activation.hint.${name}`)}
        </li>
      ))}
    </ul>
  );
}

function Authenticator({ secret, again }: { secret: ActivationSecret; again: () => void }) {
  const { t } = useI18n();
  const { enter } = useSessionState();
  const [form] = Form.useForm<{ code: string }>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const submit = async ({ code }: { code: string }) => {
    setBusy(true);
    try {
      enter(await api.confirmActivation({ activation: secret.activation, code }));
    } catch (reason) {
      setError(asApiError(reason));
      form.resetFields(['code']);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Refused error={error} word="activation.codeRefused" />
      <Typography.Paragraph>{t('activation.scan')}</Typography.Paragraph>
      <div style={{ display: 'grid', justifyItems: 'center', gap: 12, marginBottom: 16 }}>
        <div role="img" aria-label={t('activation.qr')} data-testid="activation-qr">
          <QRCode type="svg" value={secret.totp_uri} size={196} color="#000000" bgColor="#ffffff" />
        </div>
        <div>{t('activation.secret')} <Typography.Text code copyable={{ text: secret.totp_secret }}>
          <span data-testid="activation-secret" style={{ wordBreak: 'break-all' }}>{secret.totp_secret}</span></Typography.Text></div>
      </div>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="code" label={t('login.code')} validateTrigger="onBlur"
          rules={[{ required: true, pattern: /^[0-9]{6}$/, message: t('login.codeForm') }]}>
          <Input autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={6} data-testid="activation-code" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large" loading={busy} data-testid="activation-confirm">{t('activation.confirm')}</Button>
      </Form>
      <Button type="link" block onClick={again} style={{ marginTop: 8 }}>{t('activation.again')}</Button>
    </>
  );
}
