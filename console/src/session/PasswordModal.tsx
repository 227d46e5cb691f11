// PasswordModal changes one's own password; `forced` where the old one has grown too old.
import { Alert, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { Session } from '../api/types';
import { useAction } from '../components/action';
import { useI18n } from '../i18n/language';
import { FactorFields, NoPasskey, useFactor } from './factor';
import { useSessionState } from './session';

interface Values { password: string; new_password: string; repeat: string; code?: string; ukey?: string }

export function PasswordModal({ open, forced = false, close, done }: { open: boolean; forced?: boolean; close: () => void; done: (session: Session) => void }) {
  const { t } = useI18n();
  const { leave } = useSessionState();
  const [form] = Form.useForm<Values>();
  const action = useAction();
  const required = { required: true, message: t('common.required') };
  const chosen = useFactor((factor) => api.challengeFactor({ factor, purpose: 'confirm' }));
  const [nobody, setNobody] = useState(false);
  const submit = async ({ password, new_password, code, ukey }: Values) => {
    setNobody(false);
    try {
      const shown = await chosen.show({ ...(code ? { code } : {}), ...(ukey ? { ukey } : {}) });
      await action.run(() => api.changePassword({ password, new_password, ...shown }), t('password.changed'), done);
    } catch (reason) {
      if (!(reason instanceof NoPasskey)) throw reason;
      setNobody(true);
    }
  };
  return (
    <Modal open={open} title={t('password.title')} onCancel={() => (forced ? leave('logout') : close())} onOk={() => form.submit()} confirmLoading={action.busy}
      destroyOnHidden maskClosable={false} closable={!forced} okText={t('common.confirm')} cancelText={t(forced ? 'app.logout' : 'common.cancel')}
      okButtonProps={{ ...{ 'data-testid': 'password-submit' } }} data-testid="password-dialog">
      {forced && <Alert type="warning" showIcon message={t('password.expired')} className="kw-block" data-testid="password-expired" />}
      <Form form={form} layout="vertical" preserve={false} requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="password" label={t('password.old')} rules={[required]}>
          <Input.Password autoFocus autoComplete="current-password" maxLength={256} data-testid="password-old" />
        </Form.Item>
        <Form.Item name="new_password" label={t('activation.newPassword')} extra={t('password.rules')} rules={[required]}>
          <Input.Password autoComplete="new-password" maxLength={256} data-testid="password-new" />
        </Form.Item>
        <Form.Item name="repeat" label={t('activation.repeat')} dependencies={['new_password']} rules={[required, ({ getFieldValue }) => ({
          validator: (_, value) => (!value || value === getFieldValue('new_password') ? Promise.resolve() : Promise.reject(new Error(t('activation.differs')))),
        })]}>
          <Input.Password autoComplete="new-password" maxLength={256} data-testid="password-repeat" />
        </Form.Item>
        {nobody && <Alert type="error" showIcon role="alert" className="kw-block" message={t(chosen.factor === 'ukey' ? 'factors.ukeyFirst' : 'factors.passkeyFailed')} />}
        <FactorFields chosen={chosen} place="password" />
      </Form>
    </Modal>
  );
}
