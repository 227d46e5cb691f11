// Users: the administrators; the system administrator makes and disables them, the audit administrator reads.
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Descriptions, Form, Input, Modal, Radio, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { User, UserCreated, UserNew } from '../api/types';
import { useAction } from '../components/action';
import { ErrorView, PageTitle, TimeText } from '../components/basics';
import { ReasonModal } from '../components/ReasonModal';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { useSession } from '../session/session';

const STATE_COLOR: Record<User['state'], string> = { invited: 'processing', active: 'success', locked: 'warning', disabled: 'default' };

export default function Users() {
  const { t } = useI18n();
  const { role, account } = useSession();
  const users = useResource(api.users, []);
  const action = useAction();
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<UserCreated>();
  const [disabling, setDisabling] = useState<User>();
  const system = role === 'system';
  const disable = (user: User, reason: string) =>
    action.run(() => api.disableUser(user.id, reason), t('users.disabled'), () => { setDisabling(undefined); users.reload(); });
  return (
    <>
      <PageTitle extra={system && <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)} data-testid="user-create">{t('users.create')}</Button>}>{t('menu.users')}</PageTitle>
      <ErrorView error={users.error} retry={users.reload} />
      <Card>
        <Table<User> rowKey="id" size="middle" loading={users.loading && !users.data} dataSource={users.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('users.empty') }}
          onRow={(user) => ({ 'data-testid': `user-row-${user.account}` }) as object}
          columns={[
            { title: t('users.account'), dataIndex: 'account' },
            { title: t('users.displayName'), dataIndex: 'display_name' },
            { title: t('users.role'), dataIndex: 'role', render: (v: User['role']) => t(`role.${v}`) },
            { title: t('users.state'), dataIndex: 'state', render: (v: User['state']) => <Tag color={STATE_COLOR[v]}>{t(`users.state.${v}`)}</Tag> },
            { title: t('users.lastLogin'), dataIndex: 'last_login', render: (v: string) => <TimeText value={v} /> },
            ...(system ? [{
              title: t('common.actions'), key: 'actions',
              render: (_: unknown, user: User) => (
                <Button size="small" danger disabled={user.state === 'disabled' || user.account === account} onClick={() => setDisabling(user)}
                  data-testid={`user-disable-${user.account}`}>{t('users.disable')}</Button>
              ),
            }] : []),
          ]} />
      </Card>
      <UserModal open={creating} close={() => setCreating(false)} created={(made) => { setCreated(made); users.reload(); }} />
      <OneTime made={created} close={() => setCreated(undefined)} />
      <ReasonModal open={!!disabling} danger busy={action.busy} title={t('users.disable.title', { name: disabling?.account ?? '' })} text={t('users.disable.text')}
        onCancel={() => setDisabling(undefined)} onSubmit={(reason) => disabling && void disable(disabling, reason)} />
    </>
  );
}

function UserModal({ open, close, created }: { open: boolean; close: () => void; created: (made: UserCreated) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<UserNew>();
  const action = useAction();
  const required = { required: true, whitespace: true, message: t('common.required') };
  const submit = (v: UserNew) => action.run(
    () => api.createUser({ account: v.account, display_name: v.display_name.trim(), person: v.person.trim(), role: v.role }),
    t('common.done'), (made) => { close(); created(made); });
  return (
    <Modal open={open} title={t('users.create')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ 'data-testid': 'user-submit' }}>
      <Form form={form} layout="vertical" preserve={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="account" label={t('users.account')} extra={t('users.accountForm')} validateTrigger="onBlur"
          rules={[{ required: true, message: t('common.required') }, { pattern: /^[a-z][a-z0-9._-]{2,31}$/, message: t('users.accountForm') }]}>
          <Input autoFocus autoComplete="off" maxLength={32} data-testid="user-account" />
        </Form.Item>
        <Form.Item name="display_name" label={t('users.displayName')} rules={[required]}><Input maxLength={64} data-testid="user-display-name" /></Form.Item>
        <Form.Item name="person" label={t('users.person')} extra={t('users.personHint')} rules={[required]}><Input maxLength={64} data-testid="user-person" /></Form.Item>
        <Form.Item name="role" label={t('users.role')} rules={[{ required: true, message: t('common.required') }]}>
          <Radio.Group>
            {(['system', 'security', 'audit'] as const).map((r) => <Radio key={r} value={r} style={{ display: 'flex' }}><span data-testid={`user-role-${r}`}>{t(`role.${r}`)}</span></Radio>)}
          </Radio.Group>
        </Form.Item>
      </Form>
    </Modal>
  );
}

function OneTime({ made, close }: { made: UserCreated | undefined; close: () => void }) {
  const { t } = useI18n();
  return (
    <Modal open={!!made} title={t('users.onceTitle')} onCancel={close} maskClosable={false} footer={<Button type="primary" onClick={close} data-testid="user-once-close">{t('common.close')}</Button>}>
      <Alert type="warning" showIcon message={t('common.shownOnce')} description={t('users.onceText')} className="kw-block" />
      {made && (
        <Descriptions column={1} bordered size="small" items={[
          { key: 'a', label: t('users.account'), children: made.user.account },
          { key: 'p', label: t('users.oneTime'), children: <Typography.Text code copyable={{ text: made.one_time_password }}><span data-testid="user-one-time-password">{made.one_time_password}</span></Typography.Text> },
          { key: 'e', label: t('users.expires'), children: <TimeText value={made.expires} /> },
        ]} />
      )}
    </Modal>
  );
}
