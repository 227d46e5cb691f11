// Login asks for account, password and second factor.
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { ApiError } from '../api/client';
import { api } from '../api/endpoints';
import { ErrorDetail } from '../components/basics';
import { asApiError } from '../components/resource';
import { useI18n } from '../i18n/language';
import { FactorFields, NoPasskey, useFactor } from '../session/factor';
import { useSessionState, type EndedWhy } from '../session/session';
import { EntryFrame } from './EntryFrame';

interface Values { account: string; password: string; code?: string; ukey?: string }

export default function Login({ why }: { why?: EndedWhy | undefined }) {
  const i18n = useI18n();
  const { t } = i18n;
  const { enter } = useSessionState();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const [nobody, setNobody] = useState(false);
  const chosen = useFactor(async (factor) => {
    const { account } = await form.validateFields(['account']);
    return api.challengeLogin({ account: account.trim(), factor });
  });
  const submit = async (values: Values) => {
    setBusy(true);
    setNobody(false);
    try {
      const shown = await chosen.show(values);
      enter(await api.login({ account: values.account.trim(), password: values.password, ...shown }));
    } catch (reason) {
      if (reason instanceof NoPasskey) setNobody(true);
      setError(reason instanceof NoPasskey ? undefined : asApiError(reason));
      form.resetFields(['code', 'ukey']);
    } finally {
      setBusy(false);
    }
  };
  const required = { required: true, message: t('common.required') };
  return (
    <EntryFrame title={t('login.title')}>
      {why && !error && <Alert type="info" showIcon role="status" message={t(`login.ended.${why}`)} className="kw-block" data-testid="login-ended" />}
      {nobody && <Alert type="error" showIcon role="alert" className="kw-block" data-testid="login-no-passkey" message={t(chosen.factor === 'ukey' ? 'factors.ukeyFirst' : 'factors.passkeyFailed')} />}
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
        <FactorFields chosen={chosen} place="login" codeHint={t('login.codeHint')} />
        <Button type="primary" htmlType="submit" block size="large" loading={busy} data-testid="login-submit">{t('login.submit')}</Button>
      </Form>
      <div style={{ marginTop: 16, textAlign: 'center' }}><Link to="/activate" data-testid="login-activate">{t('login.first')}</Link></div>
    </EntryFrame>
  );
}
