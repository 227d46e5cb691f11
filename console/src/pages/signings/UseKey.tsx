// UseKey asks for a key file and its passphrase, opens it in this page, and forgets both.
import { Alert, Form, Input, Modal, Typography } from 'antd';
import { useState } from 'react';
import { KeyFileError, openKeyFile, type PersonKey } from '../../crypto/keyFile';
import { useI18n } from '../../i18n/language';

interface Props {
  open: boolean;
  busy: boolean;
  title: string;
  command: { text: string; line: string };  // what somebody with a UKey does instead: no browser reaches it (ADR 83)
  onKey: (key: PersonKey) => Promise<unknown>;
  onCancel: () => void;
}

export function UseKey({ open, busy, title, command, onKey, onCancel }: Props) {
  const { t, code } = useI18n();
  const [form] = Form.useForm<{ passphrase: string }>();
  const [file, setFile] = useState<File>();
  const [wrong, setWrong] = useState('');
  const [opening, setOpening] = useState(false);
  const use = async (passphrase: string) => {
    if (!file) return setWrong('no_file');
    setOpening(true);
    setWrong('');
    try {
      const key = await openKeyFile(await file.text(), passphrase);
      form.resetFields();
      await onKey(key);
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      setWrong(error.code);
    } finally {
      setOpening(false);
    }
  };
  return (
    <Modal open={open} title={title} onCancel={onCancel} onOk={() => form.submit()} confirmLoading={busy || opening} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'key-submit' } }}>
      <Typography.Paragraph type="secondary">{t('keys.use.text')}</Typography.Paragraph>
      {wrong && <Alert type="error" showIcon role="alert" message={code('keys.wrong', wrong)} className="kw-block" data-testid="key-wrong" />}
      <Form form={form} layout="vertical" preserve={false} requiredMark={false} onFinish={({ passphrase }) => void use(passphrase)}>
        <Form.Item label={t('keys.file')} htmlFor="key-file">
          <input id="key-file" type="file" accept=".key,.pem" data-testid="key-file" onChange={(event) => setFile(event.target.files?.[0])} />
        </Form.Item>
        <Form.Item name="passphrase" label={t('keys.passphrase')} rules={[{ required: true, message: t('common.required') }]}>
          <Input.Password autoComplete="off" maxLength={256} data-testid="key-passphrase" />
        </Form.Item>
      </Form>
      <Typography.Paragraph type="secondary">{command.text}<br />
        <Typography.Text code copyable={{ text: command.line }} style={{ overflowWrap: 'anywhere' }}><span data-testid="key-command">{command.line}</span></Typography.Text>
      </Typography.Paragraph>
    </Modal>
  );
}
