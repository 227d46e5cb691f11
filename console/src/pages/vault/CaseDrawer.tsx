// CaseDrawer shows one case, masked; whole values where the matter's rules allow it; and takes it out of the vault.
import { Alert, Button, Descriptions, Drawer, Form, Modal, Select, Space, Tag, Typography } from 'antd';
import { useState } from 'react';
import type { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { VaultCase, VaultMatter, VaultRevealWish } from '../../api/types';
import { useAction } from '../../components/action';
import { Hash, TimeText } from '../../components/basics';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { PURPOSES, Refusal, TermsFields, type Terms } from './parts';

interface Props { matter: VaultMatter; one: VaultCase | undefined; terms: Terms; close: () => void; removed: (id: string) => void }

export function CaseDrawer({ matter, one, terms, close, removed }: Props) {
  const { t } = useI18n();
  return (
    <Drawer open={one !== undefined} onClose={close} width={640} destroyOnHidden title={`${t('vault.case')} ${one?.number ?? ''}`} data-testid="vault-case-drawer">
      {one && <Shown key={one.id} matter={matter} one={one} terms={terms} removed={removed} />}
    </Drawer>
  );
}

function Shown({ matter, one, terms, removed }: { matter: VaultMatter; one: VaultCase; terms: Terms; removed: (id: string) => void }) {
  const { t, code } = useI18n();
  const session = useSession();
  const [asking, setAsking] = useState<'reveal' | 'remove'>();
  const [whole, setWhole] = useState<VaultCase>();
  const seen = new Map(whole?.values.map((value) => [value.field, value]));
  const values = one.values.map((value) => seen.get(value.field) ?? value);
  const titleOf = (name: string) => matter.fields.find((field) => field.name === name)?.title ?? name;
  return (
    <>
      <Descriptions column={1} size="small" bordered className="kw-block" items={[
        { key: 'name', label: t('vault.name'), children: one.name || '—' },
        { key: 'status', label: t('vault.status'), children: one.status },
        { key: 'made', label: t('vault.made'), children: <TimeText value={one.made} /> },
        { key: 'changed', label: t('vault.changed'), children: <TimeText value={one.changed} /> },
        { key: 'version', label: t('vault.version'), children: one.version },
        { key: 'id', label: t('vault.id'), children: <Hash value={one.id} /> },
      ]} />
      {one.damaged && <Alert type="error" showIcon className="kw-block" data-testid="vault-damaged" message={code('vaultRefusal', 'corrupt')} />}
      {one.trunk && <Alert type="info" showIcon className="kw-block" message={t('vault.trunk')} />}
      {whole && <Alert type="warning" showIcon className="kw-block" data-testid="vault-whole" message={t('vault.revealed')} />}
      {values.length > 0 && (
        <>
          <Typography.Title level={5}>{t('vault.values')}</Typography.Title>
          <Descriptions column={1} size="small" bordered className="kw-block" items={values.map((value) => ({
            key: value.field, label: titleOf(value.field), children: (
              <span style={{ overflowWrap: 'anywhere' }}>
                <span data-testid={`vault-value-${value.field}`} data-whole={value.whole} style={{ whiteSpace: 'pre-wrap' }}>{value.text}</span>
                {' '}{seen.has(value.field) ? <Tag color="gold">{t('vault.whole')}</Tag> : !value.whole && <Tag>{t('vault.masked')}</Tag>}
              </span>
            ),
          }))} />
        </>
      )}
      <Space wrap>
        {can(session, 'revealVaultCase') && values.some((value) => !value.whole) && <Button onClick={() => setAsking('reveal')} data-testid="vault-reveal">{t('vault.reveal')}</Button>}
        {can(session, 'removeVaultCase') && <Button danger onClick={() => setAsking('remove')} data-testid="vault-remove">{t('vault.remove')}</Button>}
      </Space>
      {asking === 'reveal' && (
        <RevealModal matter={matter} one={one} terms={terms} titleOf={titleOf} close={() => setAsking(undefined)} done={(seen) => { setWhole(seen); setAsking(undefined); }} />
      )}
      {asking === 'remove' && <RemoveModal matter={matter} one={one} terms={terms} close={() => setAsking(undefined)} done={() => removed(one.id)} />}
    </>
  );
}

/// Whole values have two purposes, with a place each; every other pair is refused whatever the rules say.
const PLACES = { entry: 'entry_screen', certificate: 'printer' } as const;
type Wish = Pick<VaultRevealWish, 'purpose' | 'consent' | 'place' | 'fields'>;

interface RevealProps { matter: VaultMatter; one: VaultCase; terms: Terms; titleOf: (name: string) => string; close: () => void; done: (whole: VaultCase) => void }

function RevealModal({ matter, one, terms, titleOf, close, done }: RevealProps) {
  const { t, code } = useI18n();
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<ApiError>();
  const action = useAction((refused) => { setError(refused); return true; });
  const submit = (wish: Wish) => {
    setError(undefined);
    void action.run(() => api.revealVaultCase(matter.code, { ...wish, id: one.id }), '', done);
  };
  return (
    <Modal open title={t('vault.reveal')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('common.confirm')} cancelText={t('common.cancel')}
      okButtonProps={{ ...{ 'data-testid': 'vault-reveal-submit' } }}>
      <Typography.Paragraph type="secondary">{t('vault.revealText')}</Typography.Paragraph>
      <Refusal error={error} />
      <Form form={form} layout="vertical" onFinish={submit} initialValues={{ purpose: 'certificate', place: PLACES.certificate, consent: terms.consent, fields: [] }}
        onValuesChange={({ purpose }: Partial<Wish>) => { if (purpose) form.setFieldValue('place', PLACES[purpose as keyof typeof PLACES]); }}>
        <TermsFields purposes={['certificate', 'entry']} prefix="vault-reveal" />
        <Form.Item name="place" label={t('vault.place')} rules={[{ required: true, message: t('common.required') }]}>
          <Select data-testid="vault-reveal-place" options={Object.values(PLACES).map((value) => ({ value, label: code('vaultPlace', value) }))} />
        </Form.Item>
        <Form.Item name="fields" label={t('vault.revealFields')} rules={[{ required: true, type: 'array', min: 1, message: t('common.required') }]}>
          <Select mode="multiple" optionFilterProp="label" data-testid="vault-reveal-fields"
            options={one.values.filter((value) => !value.whole).map(({ field }) => ({ value: field, label: titleOf(field) }))} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function RemoveModal({ matter, one, terms, close, done }: { matter: VaultMatter; one: VaultCase; terms: Terms; close: () => void; done: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<Terms>();
  const [error, setError] = useState<ApiError>();
  const action = useAction((refused) => { setError(refused); return true; });
  const submit = (said: Terms) => {
    setError(undefined);
    void action.run(() => api.removeVaultCase(matter.code, { ...said, id: one.id, version: one.version }), t('vault.removed'), done);
  };
  return (
    <Modal open title={t('vault.remove')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} okText={t('vault.remove')} cancelText={t('common.cancel')}
      okButtonProps={{ danger: true, ...{ 'data-testid': 'vault-remove-submit' } }}>
      <Typography.Paragraph>{t('vault.removeText', { number: one.number })}</Typography.Paragraph>
      <Refusal error={error} />
      <Form form={form} layout="vertical" onFinish={submit} initialValues={terms}><TermsFields purposes={PURPOSES} prefix="vault-remove" /></Form>
    </Modal>
  );
}
