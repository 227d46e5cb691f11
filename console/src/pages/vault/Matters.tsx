// Matters: what is stored of each, and what somebody changed of it beside the program.
import { Alert, Button, Card, Table, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import type { Vault, VaultFinding, VaultMatter } from '../../api/types';
import { Hash, TimeText } from '../../components/basics';
import { useI18n } from '../../i18n/language';
import { opens } from '../../session/roles';
import { useSession } from '../../session/session';
import { MatterDrawer } from './MatterDrawer';

export function Matters({ vault }: { vault: Vault }) {
  const { t, code } = useI18n();
  const [shown, setShown] = useState('');
  const stored = (matter: VaultMatter) => matter.fields.filter((field) => field.stored).length;
  return (
    <>
      <Typography.Paragraph type="secondary">{t('vault.about')}</Typography.Paragraph>
      <Findings vault={vault} />
      <Card>
        <Table<VaultMatter> rowKey="code" size="middle" dataSource={vault.matters} pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }}
          scroll={{ x: 'max-content' }} locale={{ emptyText: t('vault.empty') }}
          onRow={(one) => ({ 'data-testid': `vault-row-${one.code}`, 'data-cases': one.cases, className: 'kw-row', onClick: () => setShown(one.code) }) as object}
          columns={[
            { title: t('vault.matter'), key: 'title', render: (_, one) => (
              <>
                <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={(event) => { event.stopPropagation(); setShown(one.code); }} data-testid={`vault-open-${one.code}`}>{one.title}</Button>
                <div><Typography.Text type="secondary" style={{ fontSize: 12 }}>{one.code}</Typography.Text></div>
              </>
            ) },
            { title: t('vault.cases'), key: 'cases', align: 'right', render: (_, one) => (stored(one) > 0 ? one.cases : '—') },
            { title: t('vault.fields'), key: 'fields', align: 'right', render: (_, one) => (
              stored(one) > 0 ? t('vault.fieldsOf', { stored: stored(one), all: one.fields.length }) : t('vault.nothing')
            ) },
            { title: t('vault.root'), key: 'root', onCell: () => ({ onClick: (event) => event.stopPropagation() }), render: (_, one) => <Hash value={one.root} /> },
          ]} />
        <Typography.Paragraph type="secondary" style={{ margin: '16px 0 0' }} data-testid="vault-looked">
          {t('vault.looked')}: <TimeText value={vault.looked} /><br />{t('vault.lookedText')}
        </Typography.Paragraph>
        <Typography.Paragraph type="secondary" style={{ margin: '8px 0 0' }} data-testid="vault-root-by" data-by={vault.root_by}>
          {t('vault.rootBy')}: {code('vaultRootBy', vault.root_by)}
        </Typography.Paragraph>
      </Card>
      <MatterDrawer matter={vault.matters.find((one) => one.code === shown)} close={() => setShown('')} />
    </>
  );
}

function Findings({ vault }: { vault: Vault }) {
  const { t } = useI18n();
  const session = useSession();
  if (vault.findings.length === 0) return null;
  return (
    <Alert type="error" showIcon role="alert" className="kw-block" data-testid="vault-findings" message={t('vault.found', { count: vault.findings.length })}
      description={(
        <>
          <ul style={{ paddingInlineStart: 20, margin: '0 0 8px' }}>
            {vault.findings.map((one) => <Finding key={`${one.matter} ${one.what}`} finding={one} title={vault.matters.find((m) => m.code === one.matter)?.title ?? one.matter} />)}
          </ul>
          {t('vault.foundAll')} {opens(session, 'alarms') && <Link to="/alarms?state=open">{t('vault.foundAlarms')}</Link>}
        </>
      )} />
  );
}

function Finding({ finding, title }: { finding: VaultFinding; title: string }) {
  const { t, code } = useI18n();
  return (
    <li data-testid={`vault-finding-${finding.matter}-${finding.what}`}>
      <b>{title}</b>{finding.cases > 1 && ` (${finding.cases})`}: {code('vaultWhat', finding.what)} {code('vaultDo', finding.what)}
      {finding.first && <> {t('vault.foundCase')}: <Hash value={finding.first} /></>}
    </li>
  );
}
