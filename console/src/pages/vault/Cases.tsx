// Cases of a matter as the role sees them: for a purpose and by a consent that are said first, since each look is recorded.
import { Button, Form, Input, Segmented, Select, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import type { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { VaultCase, VaultMatter } from '../../api/types';
import { useAction } from '../../components/action';
import { TimeText } from '../../components/basics';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { CaseDrawer } from './CaseDrawer';
import { FileCase } from './CaseForm';
import { PURPOSES, Refusal, TermsFields, type Terms } from './parts';

const MOST = 50;
type Way = 'newest' | 'find';
interface Asked extends Terms { field: string; value: string }

export function Cases({ matter }: { matter: VaultMatter }) {
  const { t } = useI18n();
  const session = useSession();
  const [form] = Form.useForm<Asked>();
  const [way, setWay] = useState<Way>('newest');
  const [terms, setTerms] = useState<Terms>({ purpose: 'listing', consent: '' });
  const [found, setFound] = useState<VaultCase[]>();
  const [shown, setShown] = useState<string>();
  const [error, setError] = useState<ApiError>();
  const action = useAction((refused) => { setError(refused); setFound(undefined); return true; });
  const searchable = matter.fields.filter((field) => field.stored && field.searchable);
  const look = ({ purpose, consent, field, value }: Asked) => {
    setError(undefined);
    setTerms({ purpose, consent });
    void action.run(
      () => (way === 'find' ? api.findVaultCases(matter.code, { purpose, consent, field, value: value.trim() }) : api.newestVaultCases(matter.code, { purpose, consent, limit: MOST })),
      '', ({ items }) => setFound(items));
  };
  const required = { required: true, message: t('common.required') };
  return (
    <>
      <Typography.Paragraph type="secondary">{t('vault.looksText')} {way === 'find' && t('vault.findText')}</Typography.Paragraph>
      <Space wrap className="kw-block">
        {can(session, 'findVaultCases') && searchable.length > 0 && (
          <Segmented<Way> value={way} onChange={setWay} data-testid="vault-way" options={[
            { value: 'newest', label: <span data-testid="vault-way-newest">{t('vault.newest')}</span> },
            { value: 'find', label: <span data-testid="vault-way-find">{t('vault.find')}</span> },
          ]} />
        )}
        {can(session, 'putVaultCases') && <FileCase matter={matter} filed={() => { setWay('newest'); setFound(undefined); }} />}
      </Space>
      <Form form={form} layout="vertical" className="kw-look" initialValues={{ purpose: 'listing', field: searchable[0]?.name, value: '' }} onFinish={look}>
        <TermsFields purposes={PURPOSES} prefix="vault" />
        {way === 'find' && (
          <>
            <Form.Item name="field" label={t('vault.field')} rules={[required]}>
              <Select data-testid="vault-find-field" options={searchable.map((field) => ({ value: field.name, label: field.title }))} />
            </Form.Item>
            <Form.Item name="value" label={t('vault.value')} rules={[{ ...required, whitespace: true }]}><Input maxLength={256} autoComplete="off" data-testid="vault-find-value" /></Form.Item>
          </>
        )}
        <Form.Item label=" " colon={false}><Button type="primary" htmlType="submit" loading={action.busy} data-testid="vault-look">{t(way === 'find' ? 'vault.find' : 'vault.show')}</Button></Form.Item>
      </Form>
      <Refusal error={error} />
      {found && (
        <Table<VaultCase> rowKey="id" size="small" dataSource={found} pagination={{ hideOnSinglePage: true, pageSize: 10, showSizeChanger: false }} scroll={{ x: 'max-content' }}
          title={() => <span data-testid="vault-count">{t('vault.shown', { count: found.length })}</span>} locale={{ emptyText: t('vault.noCases') }}
          onRow={(one) => ({ 'data-testid': `vault-case-${one.number}`, className: 'kw-row', onClick: () => setShown(one.id) }) as object}
          columns={[
            { title: t('vault.number'), key: 'number', render: (_, one) => (
              <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={(event) => { event.stopPropagation(); setShown(one.id); }} data-testid={`vault-case-open-${one.number}`}>{one.number}</Button>
            ) },
            { title: t('vault.name'), key: 'name', render: (_, one) => (one.damaged ? <Tag color="red" data-testid={`vault-damaged-${one.number}`}>{t('vault.damaged')}</Tag> : one.name || '—') },
            { title: t('vault.status'), dataIndex: 'status' },
            { title: t('vault.made'), key: 'made', render: (_, one) => <TimeText value={one.made} /> },
            { title: t('vault.changed'), key: 'changed', render: (_, one) => <TimeText value={one.changed} /> },
          ]} />
      )}
      <CaseDrawer matter={matter} one={found?.find((one) => one.id === shown)} terms={terms} close={() => setShown(undefined)}
        removed={(id) => { setShown(undefined); setFound((all) => all?.filter((one) => one.id !== id)); }} />
    </>
  );
}
