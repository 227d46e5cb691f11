// Persons: of whom the platform keeps data, where, and how somebody is forgotten.
import { Alert, Button, Card, Descriptions, Drawer, Form, Input, Modal, Select, Space, Table, Tag, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { api } from '../api/endpoints';
import type { Person, PersonWanted } from '../api/types';
import { ReasonModal } from '../components/ReasonModal';
import { useAction } from '../components/action';
import { ErrorView, PageTitle, TimeText } from '../components/basics';
import { Pager, useCursor } from '../components/pager';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { can } from '../session/roles';
import { useSession } from '../session/session';

export default function Persons() {
  const i18n = useI18n();
  const { t } = i18n;
  const session = useSession();
  const cursor = useCursor();
  const [found, setFound] = useState<Person[]>();
  const [shown, setShown] = useState<string>();
  const [asking, setAsking] = useState(false);
  const page = useResource((o) => api.persons({ ...o, query: { cursor: cursor.value || undefined } }), [cursor.value]);
  return (
    <>
      <PageTitle extra={<>
        {can(session, 'findPersons') && <Button type="primary" onClick={() => setAsking(true)} data-testid="persons-find">{t('persons.find')}</Button>}
        <Button onClick={() => { setFound(undefined); page.reload(); }} data-testid="persons-reload">{t('persons.all')}</Button>
      </>}>{t('menu.persons')}</PageTitle>
      <Alert className="kw-block" type="info" showIcon message={t('persons.about')} />
      <ErrorView error={page.error} retry={page.reload} />
      <Card title={found && t('persons.found', { count: found.length })}>
        <Table<Person> rowKey="id" size="middle" loading={page.loading && !page.data} dataSource={found ?? page.data?.items ?? []} pagination={false}
          scroll={{ x: 'max-content' }} locale={{ emptyText: t('persons.empty') }}
          onRow={(one) => ({ 'data-testid': `person-row-${one.pseudonym}`, 'data-kind': one.kind, className: 'kw-row', onClick: () => setShown(one.id) }) as object}
          columns={[
            { title: t('persons.pseudonym'), key: 'pseudonym', render: (_, one) => (
              <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={(event) => { event.stopPropagation(); setShown(one.id); }} data-testid={`person-open-${one.pseudonym}`}>{one.pseudonym}</Button>
            ) },
            { title: t('persons.kind'), key: 'kind', render: (_, one) => i18n.code('persons.kind', one.kind) },
            { title: t('persons.name'), key: 'name', render: (_, one) => <Name person={one} /> },
            { title: t('persons.created'), key: 'created', render: (_, one) => <TimeText value={one.created} /> },
            { title: t('persons.entries'), dataIndex: 'entries', align: 'right' },
          ]} />
        {!found && <Pager cursor={cursor} next={page.data?.next ?? ''} total={undefined} />}
      </Card>
      <FindModal open={asking} close={() => setAsking(false)} done={(items) => { setFound(items); setAsking(false); }} />
      <PersonDrawer id={shown} close={() => setShown(undefined)} changed={() => { setFound(undefined); page.reload(); }} />
    </>
  );
}

function Name({ person }: { person: Person }) {
  const { t } = useI18n();
  if (person.forgotten) return <Tag data-testid="person-forgotten">{t('persons.forgotten')}</Tag>;
  return <>{person.shown}</>;
}

type By = 'number' | 'name' | 'phone';

function FindModal({ open, close, done }: { open: boolean; close: () => void; done: (items: Person[]) => void }) {
  const { t } = useI18n();
  const action = useAction();
  const [form] = Form.useForm<{ by: By; value: string; reason: string }>();
  const submit = ({ by, value, reason }: { by: By; value: string; reason: string }) => {
    const wanted: PersonWanted = { [by]: value.trim(), reason: reason.trim() };
    void action.run(() => api.findPersons(wanted), ({ items }) => t('persons.found', { count: items.length }), ({ items }) => done(items));
  };
  const required = { required: true, whitespace: true, message: t('common.required') };
  return (
    <Modal open={open} title={t('persons.find')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'persons-find-submit' } }}>
      <Typography.Paragraph type="secondary">{t('persons.findText')}</Typography.Paragraph>
      <Form form={form} layout="vertical" preserve={false} initialValues={{ by: 'number' }} onFinish={submit}>
        <Form.Item name="by" label={t('persons.by')}>
          <Select data-testid="persons-by" options={(['number', 'name', 'phone'] as const).map((value) => ({ value, label: t(`persons.by.${value}`) }))} />
        </Form.Item>
        <Form.Item name="value" label={t('persons.value')} rules={[required]}><Input maxLength={64} autoFocus autoComplete="off" data-testid="persons-value" /></Form.Item>
        <Form.Item name="reason" label={t('common.reason')} rules={[required]}><Input maxLength={200} data-testid="persons-reason" /></Form.Item>
      </Form>
    </Modal>
  );
}

function PersonDrawer({ id, close, changed }: { id: string | undefined; close: () => void; changed: () => void }) {
  const { t } = useI18n();
  return (
    <Drawer open={!!id} onClose={close} width={640} destroyOnHidden title={t('persons.one')} data-testid="person-drawer">
      {id && <Detail id={id} changed={changed} />}
    </Drawer>
  );
}

function Detail({ id, changed }: { id: string; changed: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const session = useSession();
  const action = useAction();
  const [asking, setAsking] = useState(false);
  const detail = useResource((o) => api.person(id, o), [id]);
  useEffect(() => setAsking(false), [id]);
  const { data } = detail;
  if (!data) return <ErrorView error={detail.error} retry={detail.reload} />;
  const { person } = data;
  return (
    <>
      <Descriptions column={1} size="small" bordered className="kw-block" items={[
        { key: 'pseudonym', label: t('persons.pseudonym'), children: <code>{person.pseudonym}</code> },
        { key: 'kind', label: t('persons.kind'), children: i18n.code('persons.kind', person.kind) },
        { key: 'name', label: t('persons.name'), children: <Name person={person} /> },
        { key: 'created', label: t('persons.created'), children: <TimeText value={person.created} /> },
        ...(person.forgotten ? [{ key: 'forgotten', label: t('persons.forgottenAt'), children: <TimeText value={person.forgotten} /> }] : []),
        { key: 'entries', label: t('persons.entries'), children: <span data-testid="person-entries">{data.entries.join(', ') || '—'}</span> },
        { key: 'devices', label: t('persons.devices'), children: data.devices.map((one) => <div key={one}><code>{one}</code></div>) },
        { key: 'accounts', label: t('persons.accounts'), children: data.accounts.join(', ') || '—' },
      ]} />
      {data.in_office && <Alert className="kw-block" type="warning" showIcon data-testid="person-in-office" message={t('persons.inOffice')} description={i18n.code('persons.inOffice', data.in_office)} />}
      {can(session, 'forgetPerson') && !person.forgotten && (
        <Space><Button danger disabled={data.in_office !== ''} onClick={() => setAsking(true)} data-testid="person-forget">{t('persons.forget')}</Button></Space>
      )}
      <ReasonModal open={asking} danger busy={action.busy} title={t('persons.forget')} text={t('persons.forgetText')} onCancel={() => setAsking(false)}
        onSubmit={(reason) => { void action.run(() => api.forgetPerson(id, reason), t('persons.forgottenNow'), () => { setAsking(false); detail.reload(); changed(); }); }} />
    </>
  );
}
