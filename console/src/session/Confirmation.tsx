// Confirmation asks for password and code once more where the platform wants it, and for a new password where the old one
// has grown too old; the request that met the refusal is then sent again.
import { Alert, Form, Input, Modal, Typography } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, client } from '../api/endpoints';
import { useAction } from '../components/action';
import { useI18n } from '../i18n/language';
import { PasswordModal } from './PasswordModal';
import { useSession, useSessionState } from './session';

export function Confirmation() {
  const session = useSession();
  const { update } = useSessionState();
  const [asking, setAsking] = useState(false);
  const [expired, setExpired] = useState(session.password_expired);
  const waiting = useRef<((shown: boolean) => void)[]>([]);
  const settle = (shown: boolean) => {
    setAsking(false);
    waiting.current.splice(0).forEach((tell) => tell(shown));
  };
  useEffect(() => {
    // One dialog for however many requests met the refusal.
    client.onConfirm = () => new Promise((tell) => {
      waiting.current.push(tell);
      setAsking(true);
    });
    client.onPasswordExpired = () => setExpired(true);
    return () => {
      client.onConfirm = () => Promise.resolve(false);
      client.onPasswordExpired = () => undefined;
    };
  }, []);
  return (
    <>
      {asking && <ConfirmModal done={settle} />}
      <PasswordModal open={expired} forced close={() => setExpired(false)} done={(next) => { setExpired(false); update(next); }} />
    </>
  );
}

function ConfirmModal({ done }: { done: (shown: boolean) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<{ password: string; code: string }>();
  const [refused, setRefused] = useState(false);
  const action = useAction((error) => {
    setRefused(error.status === 403);
    form.resetFields(['code']);
    return error.status === 403;
  });
  return (
    <Modal open title={t('confirm.title')} onCancel={() => done(false)} onOk={() => form.submit()} confirmLoading={action.busy} maskClosable={false}
      zIndex={1200} okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'confirm-submit' } }}>
      <Typography.Paragraph type="secondary">{t('confirm.text')}</Typography.Paragraph>
      {refused && <Alert type="error" showIcon role="alert" message={t('confirm.refused')} className="kw-block" data-testid="confirm-refused" />}
      <Form form={form} layout="vertical" requiredMark={false}
        onFinish={(values) => void action.run(() => api.confirmIdentity(values), t('confirm.done'), () => done(true))}>
        <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('common.required') }]}>
          <Input.Password autoFocus autoComplete="current-password" maxLength={256} data-testid="confirm-password" />
        </Form.Item>
        <Form.Item name="code" label={t('login.code')} extra={t('confirm.codeOnce')} rules={[{ required: true, pattern: /^[0-9]{6}$/, message: t('login.codeForm') }]}>
          <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} data-testid="confirm-code" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
