// ReasonModal asks for the reason of an action that goes into the audit ledger.
import { Form, Input, Modal, Typography } from 'antd';
import { useI18n } from '../i18n/language';

interface Props {
  open: boolean;
  title: string;
  text: string;
  danger?: boolean;
  busy: boolean;
  onSubmit: (reason: string) => void;
  onCancel: () => void;
}

/// The button that opened the question may be gone or disabled now: the keyboard then belongs to the drawer behind it.
function focusBehind(): void {
  if (document.activeElement === document.body) document.querySelector<HTMLElement>('.ant-drawer-open')?.focus();
}

export function ReasonModal({ open, title, text, danger, busy, onSubmit, onCancel }: Props) {
  const { t } = useI18n();
  const [form] = Form.useForm<{ reason: string }>();
  return (
    <Modal open={open} title={title} onCancel={onCancel} onOk={() => form.submit()} confirmLoading={busy} destroyOnHidden afterClose={focusBehind}
      okText={t('common.confirm')} cancelText={t('common.cancel')}
      okButtonProps={{ danger: danger ?? false, ...{ 'data-testid': 'reason-submit' } }}>
      <Typography.Paragraph type="secondary">{text}</Typography.Paragraph>
      <Form form={form} layout="vertical" preserve={false} onFinish={({ reason }) => onSubmit(reason.trim())}>
        <Form.Item name="reason" label={t('common.reason')}
          rules={[{ required: true, whitespace: true, message: t('common.required') }, { max: 200, message: t('common.tooLong', { max: 200 }) }]}>
          <Input.TextArea rows={3} autoFocus showCount maxLength={200} placeholder={t('common.reasonPlaceholder')} data-testid="reason-input" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
