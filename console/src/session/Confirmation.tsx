// Confirmation asks for password and second factor once more where the platform wants it, and for a new password where the old one
// has grown too old; the request that met the refusal is then sent again.
import { Alert, Form, Input, Modal, Typography } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, client } from '../api/endpoints';
import { useAction } from '../components/action';
import { useI18n } from '../i18n/language';
import { OwnFactors } from '../app/OwnFactors';
import { FactorFields, NoPasskey, useFactor } from './factor';
import { PasswordModal } from './PasswordModal';
import { useSession, useSessionState } from './session';

export function Confirmation() {
  const session = useSession();
  const { update } = useSessionState();
  const [asking, setAsking] = useState(false);
  const [expired, setExpired] = useState(session.password_expired);
  const [missing, setMissing] = useState(session.factor_missing);
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
    client.onFactorRequired = () => setMissing(true);
    return () => {
      client.onConfirm = () => Promise.resolve(false);
      client.onPasswordExpired = () => undefined;
      client.onFactorRequired = () => undefined;
    };
  }, []);
  return (
    <>
      {missing && !expired && <OwnFactors forced close={() => setMissing(false)} />}
      {asking && <ConfirmModal done={settle} />}
      <PasswordModal open={expired} forced close={() => setExpired(false)} done={(next) => { setExpired(false); update(next); }} />
    </>
  );
}

function ConfirmModal({ done }: { done: (shown: boolean) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<{ password: string; code?: string; ukey?: string }>();
  const chosen = useFactor((factor) => api.challengeFactor({ factor, purpose: 'confirm' }));
  const [nobody, setNobody] = useState(false);
  const [refused, setRefused] = useState(false);
  const action = useAction((error) => {
    setRefused(error.status === 403);
    form.resetFields(['code', 'ukey']);
    return error.status === 403;
  });
  const submit = async (values: { password: string; code?: string; ukey?: string }) => {
    setNobody(false);
    try {
      const shown = await chosen.show(values);
      await action.run(() => api.confirmIdentity({ password: values.password, ...shown }), t('confirm.done'), () => done(true));
    } catch (reason) {
      if (!(reason instanceof NoPasskey)) throw reason;
      setNobody(true);
    }
  };
  return (
    <Modal open title={t('confirm.title')} onCancel={() => done(false)} onOk={() => form.submit()} confirmLoading={action.busy} maskClosable={false}
      zIndex={1200} okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'confirm-submit' } }}>
      <Typography.Paragraph type="secondary">{t('confirm.text')}</Typography.Paragraph>
      {nobody && <Alert type="error" showIcon role="alert" className="kw-block" message={t(chosen.factor === 'ukey' ? 'factors.ukeyFirst' : 'factors.passkeyFailed')} />}
      {refused && <Alert type="error" showIcon role="alert" message={t('confirm.refused')} className="kw-block" data-testid="confirm-refused" />}
      <Form form={form} layout="vertical" requiredMark={false}
        onFinish={(values) => void submit(values)}>
        <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('common.required') }]}>
          <Input.Password autoFocus autoComplete="current-password" maxLength={256} data-testid="confirm-password" />
        </Form.Item>
        <FactorFields chosen={chosen} place="confirm" codeHint={t('confirm.codeOnce')} />
      </Form>
    </Modal>
  );
}
