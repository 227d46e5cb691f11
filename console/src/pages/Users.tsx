// Users: the accounts. The system administrator asks for new ones and for changes, another administrator approves, then the
// person is invited; auditors read.
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Descriptions, Modal, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { User, UserCreated } from '../api/types';
import { useAction } from '../components/action';
import { ErrorView, PageTitle, TimeText } from '../components/basics';
import { ReasonModal } from '../components/ReasonModal';
import { RegionNames } from '../components/RegionSelect';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { useLiveMessages } from '../live/live';
import { may } from '../session/roles';
import { useSession } from '../session/session';
import { ChangeModal, UserModal } from './UserForms';

const STATE_COLOR: Record<User['state'], string> = { invited: 'processing', active: 'success', locked: 'warning', disabled: 'default', ended: 'default' };

export default function Users() {
  const { t } = useI18n();
  const { role, account } = useSession();
  const users = useResource(api.users, []);
  const regions = useResource(api.regions, []);
  const action = useAction();
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<UserCreated>();
  const [changing, setChanging] = useState<User>();
  const [disabling, setDisabling] = useState<User>();
  const [resetting, setResetting] = useState<User>();
  const system = may(role, 'createUser');
  const places = regions.data?.items ?? [];
  useLiveMessages((message) => { if (message.kind === 'request') users.reloadSoon(); });
  const disable = (user: User, reason: string) =>
    action.run(() => api.disableUser(user.id, reason), t('users.disabled'), () => { setDisabling(undefined); users.reload(); });
  const reset = (user: User, reason: string) =>
    action.run(() => api.resetUser(user.id, reason), t('common.done'), () => { setResetting(undefined); users.reload(); });
  const invite = (user: User) => action.run(() => api.inviteUser(user.id), t('common.done'), (made) => { setCreated(made); users.reload(); });
  return (
    <>
      <PageTitle extra={system && <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)} data-testid="user-create">{t('users.create')}</Button>}>{t('menu.users')}</PageTitle>
      {system && <Alert type="info" showIcon message={t('users.twoPersons')} className="kw-block" />}
      <ErrorView error={users.error ?? regions.error} retry={users.reload} />
      <Card>
        <Table<User> rowKey="id" size="middle" loading={users.loading && !users.data} dataSource={users.data?.items ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: t('users.empty') }}
          onRow={(user) => ({ 'data-testid': `user-row-${user.account}`, 'data-state': user.state, 'data-role': user.role }) as object}
          columns={[
            { title: t('users.account'), dataIndex: 'account' },
            { title: t('users.displayName'), dataIndex: 'display_name' },
            { title: t('users.role'), dataIndex: 'role', render: (v: User['role']) => t(`role.${v}`) },
            { title: t('users.regions'), key: 'regions', render: (_, user) => <RegionNames ids={user.regions} regions={places} /> },
            { title: t('users.state'), dataIndex: 'state', render: (v: User['state']) => <Tag color={STATE_COLOR[v]}>{t(`users.state.${v}`)}</Tag> },
            { title: t('users.ends'), dataIndex: 'ends', render: (v: string) => (v ? <TimeText value={v} /> : '—') },
            { title: t('users.lastLogin'), dataIndex: 'last_login', render: (v: string) => <TimeText value={v} /> },
            ...(system ? [{
              title: t('common.actions'), key: 'actions',
              render: (_: unknown, user: User) => (
                <Space>
                  {user.state === 'invited' && <Button size="small" type="primary" onClick={() => void invite(user)} data-testid={`user-invite-${user.account}`}>{t('users.invite')}</Button>}
                  <Button size="small" disabled={user.state === 'disabled' || user.account === account} onClick={() => setChanging(user)} data-testid={`user-change-${user.account}`}>{t('users.change')}</Button>
                  <Button size="small" disabled={user.state === 'disabled' || user.account === account} onClick={() => setResetting(user)} data-testid={`user-reset-${user.account}`}>{t('users.reset')}</Button>
                  <Button size="small" danger disabled={user.state === 'disabled' || user.account === account} onClick={() => setDisabling(user)}
                    data-testid={`user-disable-${user.account}`}>{t('users.disable')}</Button>
                </Space>
              ),
            }] : []),
          ]} />
      </Card>
      <UserModal open={creating} regions={places} close={() => setCreating(false)} />
      {changing && <ChangeModal user={changing} regions={places} close={() => setChanging(undefined)} />}
      <OneTime made={created} close={() => setCreated(undefined)} />
      <ReasonModal open={!!resetting} danger busy={action.busy} title={t('users.reset.title', { name: resetting?.account ?? '' })} text={t('users.reset.text')}
        onCancel={() => setResetting(undefined)} onSubmit={(reason) => resetting && void reset(resetting, reason)} />
      <ReasonModal open={!!disabling} danger busy={action.busy} title={t('users.disable.title', { name: disabling?.account ?? '' })} text={t('users.disable.text')}
        onCancel={() => setDisabling(undefined)} onSubmit={(reason) => disabling && void disable(disabling, reason)} />
    </>
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
