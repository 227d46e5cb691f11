// Rules shows the settings of administration; the system administrator asks for others, another person approves.
import { Alert, Button, Card, Checkbox, Descriptions, Form, Input, InputNumber, Select, Skeleton, Tag } from 'antd';
import { api } from '../../api/endpoints';
import type { Settings } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { can, ROLES } from '../../session/roles';
import { useSession } from '../../session/session';

const NUMBERS = [
  ['idle_minutes', 10, 30], ['confirm_minutes', 1, 60], ['password_length', 8, 64], ['password_days', 0, 365], ['password_history', 0, 24],
] as const;
type Translate = ReturnType<typeof useI18n>['t'];
type NumberName = (typeof NUMBERS)[number][0];
type Values = Record<NumberName, number> & { two_persons: string[]; required_factors: string[]; actions: string; reason: string };

/// Actions of a kiosk stand in the list as orderAction:section.action; the form has them in a line of their own.
const PREFIX = 'orderAction:';
export function wordsOf(text: string): string[] {
  return text.split(/[\s,，]+/).filter(Boolean).map((word) => PREFIX + word);
}

export function Rules() {
  const { t } = useI18n();
  const settings = useResource(api.settings, []);
  const session = useSession();
  useLiveMessages((message) => { if (message.kind === 'request') settings.reloadSoon(); });
  if (settings.error) return <ErrorView error={settings.error} retry={settings.reload} />;
  if (!settings.data) return <Skeleton active />;
  return can(session, 'changeSettings')
    ? <Card><Alert type="info" showIcon message={t('settings.twoPersonsNeeded')} className="kw-block" /><RulesForm key={settings.data.revision} settings={settings.data} /></Card>
    : <Card><Shown settings={settings.data} /></Card>;
}

/// "security:passkey" in words.
function factorWord(t: Translate, entry: string): string {
  const [role = '', factor = ''] = entry.split(':');
  return `${t(`role.${role as 'system'}`)}: ${t(`factors.${factor as 'totp'}`)}`;
}

function Shown({ settings }: { settings: Settings }) {
  const { t, code } = useI18n();
  return (
    <Descriptions column={1} bordered size="small" items={[
      { key: 'two', label: t('settings.twoPersons'), children: settings.two_persons.length ? settings.two_persons.map((o) => <Tag key={o} data-testid={`rule-${o}`}>{code('operation', o)}</Tag>) : t('common.none') },
      ...(settings.revision === 0 && settings.two_persons.length > 0 ? [{ key: 'first', label: '', children: t('settings.twoPersonsFirst') }] : []),
      { key: 'always', label: t('settings.always'), children: settings.always.map((o) => <Tag key={o}>{code('operation', o)}</Tag>) },
      { key: 'factors', label: t('settings.factors'), children: settings.required_factors.length ? settings.required_factors.map((f) => <Tag key={f} data-testid={`rule-${f}`}>{factorWord(t, f)}</Tag>) : t('settings.factorsAny') },
      ...NUMBERS.map(([name]) => ({ key: name, label: t(`settings.${name}`), children: settings[name] })),
    ]} />
  );
}

function RulesForm({ settings }: { settings: Settings }) {
  const { t, code } = useI18n();
  const [form] = Form.useForm<Values>();
  const action = useAction();
  const submit = ({ actions, ...v }: Values) => action.run(
    () => api.changeSettings({ ...v, base_revision: settings.revision, two_persons: [...v.two_persons, ...wordsOf(actions)], reason: v.reason.trim() }), t('requests.held'));
  return (
    <Form form={form} layout="vertical" onFinish={(values) => void submit(values)} initialValues={{
      ...settings, reason: '', two_persons: settings.two_persons.filter((o) => !o.startsWith(PREFIX)),
      actions: settings.two_persons.filter((o) => o.startsWith(PREFIX)).map((o) => o.slice(PREFIX.length)).join(', '),
    }}>
      <Form.Item name="two_persons" label={t('settings.twoPersons')} extra={`${t('settings.always')}: ${settings.always.map((o) => code('operation', o)).join('、')}`}>
        <Checkbox.Group style={{ display: 'grid', gap: 6 }}
          options={settings.may_list.map((o) => ({ value: o, label: <span data-testid={`rule-${o}`}>{code('operation', o)}</span> }))} />
      </Form.Item>
      <Form.Item name="actions" label={t('settings.actions')} extra={t('settings.actionsHint')}><Input maxLength={500} data-testid="rule-actions" /></Form.Item>
      <Form.Item name="required_factors" label={t('settings.factors')} extra={t('settings.factorsHint')}>
        <Select mode="multiple" optionFilterProp="label" data-testid="rule-factors"
          options={ROLES.flatMap((role) => settings.offered_factors.map((factor) => ({ value: `${role}:${factor}`, label: factorWord(t, `${role}:${factor}`) })))} />
      </Form.Item>
      {NUMBERS.map(([name, least, most]) => (
        <Form.Item key={name} name={name} label={t(`settings.${name}`)} extra={t('settings.range', { least, most })} rules={[{ required: true, message: t('common.required') }]}>
          <InputNumber min={least} max={most} precision={0} data-testid={`rule-${name}`} />
        </Form.Item>
      ))}
      <Form.Item name="reason" label={t('common.reason')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
        <Input.TextArea rows={2} maxLength={200} placeholder={t('common.reasonPlaceholder')} data-testid="rule-reason" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={action.busy} data-testid="rule-submit">{t('settings.ask')}</Button>
    </Form>
  );
}
