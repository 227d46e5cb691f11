// OwnFactors shows one's own passkeys and UKeys, adds and removes them; `forced` where the role has to use one and this
// person has none yet.
import { Alert, Button, Form, Input, Modal, Popconfirm, Space, Table } from 'antd';
import { useState } from 'react';
import { api } from '../api/endpoints';
import type { Challenge, Factor } from '../api/types';
import { useAction } from '../components/action';
import { ErrorView, TimeText } from '../components/basics';
import { asApiError, useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { UkeyFields } from '../session/factor';
import { useSession, useSessionState } from '../session/session';
import { available, makePasskey } from '../session/webauthn';

export function OwnFactors({ forced = false, close }: { forced?: boolean; close: () => void }) {
  const { t } = useI18n();
  const { leave } = useSessionState();
  const factors = useResource(api.ownFactors, []);
  const action = useAction();
  const [adding, setAdding] = useState<'passkey' | 'ukey'>();
  const offered = factors.data?.offered ?? [];
  const required = factors.data?.required ?? [];
  const fits = factors.data?.items.some((f) => required.includes(f.factor));
  const logout = <Button onClick={() => leave('logout')} data-testid="factors-logout">{t('app.logout')}</Button>;
  return (
    <Modal open title={t('factors.title')} onCancel={() => (forced ? leave('logout') : close())} closable={!forced} maskClosable={false} width={820}
      footer={forced ? logout : null} data-testid="own-factors">
      {forced && <Alert type="warning" showIcon className="kw-block" data-testid="factors-forced" message={t(fits ? 'factors.again' : 'factors.forced', { list: required.map((f) => t(`factors.${f as 'totp'}`)).join('、') })} />}
      <ErrorView error={factors.error} retry={factors.reload} />
      <Table<Factor> rowKey="id" size="small" loading={factors.loading && !factors.data} dataSource={factors.data?.items ?? []} scroll={{ x: 'max-content' }}
        pagination={false} locale={{ emptyText: t('factors.none') }} onRow={(f) => ({ 'data-testid': `factor-row-${f.factor}` }) as object}
        columns={[
          { title: t('factors.kind'), key: 'factor', render: (_, f) => t(`factors.${f.factor}`) },
          { title: t('factors.name'), dataIndex: 'name' },
          { title: t('factors.created'), key: 'created', render: (_, f) => <TimeText value={f.created} /> },
          { title: t('factors.used'), key: 'used', render: (_, f) => <TimeText value={f.last_used} /> },
          { title: t('factors.until'), key: 'until', render: (_, f) => (f.not_after ? <TimeText value={f.not_after} /> : '—') },
          ...(forced ? [] : [{ title: t('common.actions'), key: 'actions', render: (_: unknown, f: Factor) => (
            <Popconfirm title={t('factors.remove.text')} okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'factor-remove-confirm' } }}
              onConfirm={() => void action.run(() => api.removeFactor(f.id), t('factors.removed'), factors.reload)}>
              <Button size="small" danger data-testid={`factor-remove-${f.factor}`}>{t('factors.remove')}</Button>
            </Popconfirm>
          ) }]),
        ]} />
      <Space style={{ marginTop: 16 }}>
        {offered.includes('passkey') && <Button type="primary" disabled={!available()} onClick={() => setAdding('passkey')} data-testid="factor-add-passkey">{t('factors.addPasskey')}</Button>}
        {offered.includes('ukey') && <Button onClick={() => setAdding('ukey')} data-testid="factor-add-ukey">{t('factors.addUkey')}</Button>}
      </Space>
      {factors.data && offered.length === 1 && <Alert type="info" showIcon className="kw-block" message={t('factors.notOffered')} />}
      {adding && <AddModal kind={adding} close={() => setAdding(undefined)} done={() => { setAdding(undefined); factors.reload(); }} />}
    </Modal>
  );
}

function AddModal({ kind, close, done }: { kind: 'passkey' | 'ukey'; close: () => void; done: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const session = useSession();
  const [form] = Form.useForm<{ name: string; ukey?: string }>();
  const [challenge, setChallenge] = useState<Challenge>();
  const [failure, setFailure] = useState<string>();
  const action = useAction((error) => {
    setFailure(error.code === 'invalid' ? i18n.code('factors.reason', error.detail, 'factors.reason.other') : undefined);
    setChallenge(undefined);
    return error.code === 'invalid';
  });
  const load = async () => {
    try {
      setChallenge(await api.challengeFactor({ factor: 'ukey', purpose: 'add' }));
      setFailure(undefined);
    } catch (reason) {
      setFailure(i18n.error(asApiError(reason)));
    }
  };
  const submit = async ({ name, ukey }: { name: string; ukey?: string }) => {
    if (kind === 'ukey') {
      const [certificate = '', signature = ''] = (ukey ?? '').trim().split('.');
      if (!challenge) return;
      await action.run(() => api.addFactor({ factor: kind, name, attempt: challenge.attempt, certificate, signature }), t('factors.added'), done);
      return;
    }
    try {
      const fresh = await api.challengeFactor({ factor: kind, purpose: 'add' });
      const made = await makePasskey(fresh, name, session.account, session.display_name);
      await action.run(() => api.addFactor(made), t('factors.added'), done);
    } catch (reason) {
      setFailure(reason instanceof DOMException ? t('factors.passkeyFailed') : i18n.error(asApiError(reason)));
    }
  };
  return (
    <Modal open title={t(kind === 'ukey' ? 'factors.addUkey' : 'factors.addPasskey')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} maskClosable={false}
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'factor-add-submit' } }}>
      {failure && <Alert type="error" showIcon role="alert" className="kw-block" message={failure} data-testid="factor-add-failed" />}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('factors.name')} extra={t('factors.nameHint')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
          <Input autoFocus maxLength={64} data-testid="factor-name" />
        </Form.Item>
        {kind === 'ukey' && <UkeyFields challenge={challenge} load={load} error={undefined} place="add" />}
      </Form>
    </Modal>
  );
}
