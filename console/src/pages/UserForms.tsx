// The forms by which an account is asked for, and a change of one.
import { Form, Input, Modal, Radio, Typography } from 'antd';
import { api } from '../api/endpoints';
import type { Region, Role, User } from '../api/types';
import { useAction } from '../components/action';
import { RegionSelect } from '../components/RegionSelect';
import { useI18n } from '../i18n/language';
import { ENDS, ROLES } from '../session/roles';

/// endsOf makes the platform's time of a local date: the end of that day; empty for none.
export function endsOf(date: string | undefined): string {
  return date ? new Date(`${date}T23:59:59`).toISOString().replace(/\.\d+Z$/, 'Z') : '';
}
const dateOf = (ends: string) => (ends ? new Date(ends).toLocaleDateString('sv-SE') : '');

function RoleField() {
  const { t } = useI18n();
  return (
    <Form.Item name="role" label={t('users.role')} rules={[{ required: true, message: t('common.required') }]}>
      <Radio.Group>
        {ROLES.map((r) => <Radio key={r} value={r} style={{ display: 'flex' }}><span data-testid={`user-role-${r}`}>{t(`role.${r}`)}</span></Radio>)}
      </Radio.Group>
    </Form.Item>
  );
}

function PlaceFields({ regions }: { regions: Region[] }) {
  const { t } = useI18n();
  return (
    <>
      <Form.Item name="regions" label={t('users.regions')} extra={t('users.regionsHint')} rules={[{ required: true, type: 'array', min: 1, max: 16, message: t('common.required') }]}>
        <RegionSelect regions={regions} multiple testId="user-regions" />
      </Form.Item>
      <Form.Item noStyle shouldUpdate={(a: { role?: Role }, b: { role?: Role }) => a.role !== b.role}>
        {({ getFieldValue }) => (
          <Form.Item name="ends" label={t('users.ends')} extra={t('users.endsHint')} rules={[{ required: ENDS.includes(getFieldValue('role') as Role), message: t('common.required') }]}>
            <Input type="date" data-testid="user-ends" />
          </Form.Item>
        )}
      </Form.Item>
    </>
  );
}

interface NewValues { account: string; display_name: string; person: string; role: Role; regions: string[]; ends?: string; reason?: string }

export function UserModal({ open, regions, close }: { open: boolean; regions: Region[]; close: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<NewValues>();
  const action = useAction();
  const required = { required: true, whitespace: true, message: t('common.required') };
  const city = regions.find((r) => r.kind === 'city');
  const submit = (v: NewValues) => action.run(
    () => api.createUser({ account: v.account, display_name: v.display_name.trim(), person: v.person.trim(), role: v.role, regions: v.regions, ends: endsOf(v.ends), reason: (v.reason ?? '').trim() }),
    t('requests.held'), close);
  return (
    <Modal open={open} title={t('users.create')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ 'data-testid': 'user-submit' }}>
      <Form form={form} layout="vertical" preserve={false} initialValues={{ regions: city ? [city.id] : [] }} onFinish={(values) => void submit(values)}>
        <Form.Item name="account" label={t('users.account')} extra={t('users.accountForm')} validateTrigger="onBlur"
          rules={[{ required: true, message: t('common.required') }, { pattern: /^[a-z][a-z0-9._-]{2,31}$/, message: t('users.accountForm') }]}>
          <Input autoFocus autoComplete="off" maxLength={32} data-testid="user-account" />
        </Form.Item>
        <Form.Item name="display_name" label={t('users.displayName')} rules={[required]}><Input maxLength={64} data-testid="user-display-name" /></Form.Item>
        <Form.Item name="person" label={t('users.person')} extra={t('users.personHint')} rules={[required]}><Input maxLength={64} data-testid="user-person" /></Form.Item>
        <RoleField />
        <PlaceFields regions={regions} />
        <Form.Item name="reason" label={t('common.reason')}><Input maxLength={200} data-testid="user-reason" /></Form.Item>
      </Form>
    </Modal>
  );
}

interface ChangeValues { role: Role; regions: string[]; ends?: string; reason: string }

export function ChangeModal({ user, regions, close }: { user: User; regions: Region[]; close: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<ChangeValues>();
  const action = useAction();
  const submit = (v: ChangeValues) => action.run(() => api.changeUser(user.id, {
    reason: v.reason.trim(),
    ...(v.role !== user.role ? { role: v.role } : {}),
    ...([...v.regions].sort().join() !== [...user.regions].sort().join() ? { regions: v.regions } : {}),
    ...((v.ends ?? '') !== dateOf(user.ends) ? { ends: endsOf(v.ends) } : {}),
  }), t('requests.held'), close);
  return (
    <Modal open title={t('users.change.title', { name: user.account })} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'user-change-submit' } }}>
      <Typography.Paragraph type="secondary">{t('users.change.text')}</Typography.Paragraph>
      <Form form={form} layout="vertical" preserve={false} initialValues={{ role: user.role, regions: user.regions, ends: dateOf(user.ends) }} onFinish={(values) => void submit(values)}>
        <RoleField />
        <PlaceFields regions={regions} />
        <Form.Item name="reason" label={t('common.reason')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
          <Input.TextArea rows={2} maxLength={200} placeholder={t('common.reasonPlaceholder')} data-testid="user-change-reason" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
