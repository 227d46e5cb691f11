// ActionDrawer orders something of a section of the kiosk's defence: which section, which action, its arguments, why.
import { Button, Drawer, Form, Input, Select, Skeleton, Typography } from 'antd';
import { api } from '../../api/endpoints';
import { useAction } from '../../components/action';
import { ErrorView } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useSectionWords } from '../../components/sectionWords';
import { useI18n } from '../../i18n/language';
import type { SectionForms } from '../../api/types';

interface Props { device: string; name: string; open: boolean; close: () => void; ordered: () => void }

export function ActionDrawer({ device, name, open, close, ordered }: Props) {
  const { t } = useI18n();
  return (
    <Drawer open={open} onClose={close} width={520} destroyOnHidden title={t('device.act.title', { name })} data-testid="action-drawer">
      {open && <Order device={device} done={() => { close(); ordered(); }} />}
    </Drawer>
  );
}

function Order({ device, done }: { device: string; done: () => void }) {
  const { t } = useI18n();
  const forms = useResource(api.sections, []);
  if (forms.error) return <ErrorView error={forms.error} retry={forms.reload} />;
  if (!forms.data) return <Skeleton active />;
  const able = Object.entries(forms.data).filter(([, form]) => form.actions.length > 0);
  if (able.length === 0) return <Typography.Text type="secondary">{t('device.act.none')}</Typography.Text>;
  return <OrderForm device={device} forms={Object.fromEntries(able)} done={done} />;
}

interface Wanted { section: string; action: string; args?: Record<string, string>; reason: string }

function OrderForm({ device, forms, done }: { device: string; forms: SectionForms; done: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<Wanted>();
  const action = useAction();
  const section = Form.useWatch('section', form) ?? '';
  const chosen = Form.useWatch('action', form) ?? '';
  const words = useSectionWords(section);
  const actions = forms[section]?.actions ?? [];
  const spec = actions.find((a) => a.name === chosen);
  const submit = (wanted: Wanted) => action.run(
    () => api.act(device, { section: wanted.section, action: wanted.action, args: Object.fromEntries((spec?.args ?? []).map((arg) => [arg, (wanted.args?.[arg] ?? '').trim()])), reason: wanted.reason.trim() }),
    t('device.ordered'), done);
  const required = { required: true, whitespace: true, message: t('common.required') };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(wanted) => void submit(wanted)}>
      <Typography.Paragraph type="secondary">{t('device.act.text')}</Typography.Paragraph>
      <Form.Item name="section" label={t('device.act.section')} rules={[required]}>
        <Select options={Object.keys(forms).map((value) => ({ value, label: <SectionTitle section={value} /> }))} onChange={() => form.resetFields(['action', 'args'])} data-testid="action-section" />
      </Form.Item>
      <Form.Item name="action" label={t('device.act.action')} rules={[required]}>
        <Select disabled={!section} options={actions.map((a) => ({ value: a.name, label: words.action(a.name) }))} onChange={() => form.resetFields(['args'])} data-testid="action-name" />
      </Form.Item>
      {spec?.args.map((arg) => (
        <Form.Item key={`${section}/${chosen}/${arg}`} name={['args', arg]} label={words.arg(chosen, arg)} rules={[{ max: 512, message: t('common.tooLong', { max: 512 }) }]}>
          <Input maxLength={512} data-testid={`action-arg-${arg}`} />
        </Form.Item>
      ))}
      <Form.Item name="reason" label={t('common.reason')} rules={[required]}>
        <Input.TextArea rows={3} showCount maxLength={200} placeholder={t('common.reasonPlaceholder')} data-testid="action-reason" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={action.busy} data-testid="action-submit">{t('device.act.submit')}</Button>
    </Form>
  );
}

export function SectionTitle({ section }: { section: string }) {
  return <>{useSectionWords(section).title}</>;
}
