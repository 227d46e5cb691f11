// Login asks for account, password and one-time code.
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { ApiError } from '../api/client';
import { api } from '../api/endpoints';
import type { Login as Values } from '../api/types';
import { ErrorDetail } from '../components/basics';
import { asApiError } from '../components/resource';
import { useI18n } from '../i18n/language';
import { useSessionState, type EndedWhy } from '../session/session';
import { EntryFrame } from './EntryFrame';

export default function Login({ why }: { why?: EndedWhy | undefined }) {
  const i18n = useI18n();
  const { t } = i18n;
  const { enter } = useSessionState();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const submit = async (values: Values) => {
    setBusy(true);
    try {
      enter(await api.login({ account: values.account.trim(), password: values.password, code: values.code }));
    } catch (reason) {
      setError(asApiError(reason));
      form.resetFields(['code']);
    } finally {
      setBusy(false);
    }
  };
  const required = { required: true, message: t('common.required') };
  return (
    <EntryFrame title={t('login.title')}>
      {why && !error && <Alert type="info" showIcon role="status" message={t(`login.ended.${why}`)} className="kw-block" data-testid="login-ended" />}
      {error && (
        <Alert type="error" showIcon role="alert" className="kw-block" data-testid="login-error" data-code={error.code}
          message={error.status === 401 ? t('login.refused') : i18n.error(error)}
          description={error.status === 401 ? undefined : <ErrorDetail error={error} />} />
      )}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="account" label={t('login.account')} rules={[required]}>
          <Input autoFocus autoComplete="username" maxLength={64} data-testid="login-account" />
        </Form.Item>
        <Form.Item name="password" label={t('login.password')} rules={[required]}>
          <Input.Password autoComplete="current-password" maxLength={256} data-testid="login-password" />
        </Form.Item>
        <Form.Item name="code" label={t('login.code')} extra={t('login.codeHint')}
          rules={[{ required: true, pattern: /^[0-9]{6}$/, message: t('login.codeForm') }]} validateTrigger="onBlur">
          <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} data-testid="login-code" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large" loading={busy} data-testid="login-submit">{t('login.submit')}</Button>
      </Form>
      <div style={{ marginTop: 16, textAlign: 'center' }}><Link to="/activate" data-testid="login-activate">{t('login.first')}</Link></div>
    </EntryFrame>
  );
}
