// MatterDrawer shows a matter: what its data are and how each is treated, and its cases.
import { Drawer, Table, Tabs, Tag, Typography } from 'antd';
import type { VaultField, VaultMatter } from '../../api/types';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { Cases } from './Cases';

export function MatterDrawer({ matter, close }: { matter: VaultMatter | undefined; close: () => void }) {
  const { t } = useI18n();
  const session = useSession();
  const cases = matter && can(session, 'listVaultCases') && matter.fields.some((field) => field.stored);
  return (
    <Drawer open={matter !== undefined} onClose={close} width={1080} title={matter?.title} destroyOnHidden data-testid="vault-drawer">
      {matter && (
        <Tabs key={matter.code} items={[
          { key: 'catalogue', label: <span data-testid="vault-matter-catalogue">{t('vault.catalogue')}</span>, children: <Catalogue fields={matter.fields} /> },
          ...(cases ? [{ key: 'cases', label: <span data-testid="vault-matter-cases">{t('vault.looks')}</span>, children: <Cases matter={matter} /> }] : []),
        ]} />
      )}
    </Drawer>
  );
}

const GRADE = ['default', 'default', 'blue', 'gold', 'red'];

function Catalogue({ fields }: { fields: VaultField[] }) {
  const { t, code } = useI18n();
  return (
    <>
      <Table<VaultField> rowKey="name" size="small" dataSource={fields} pagination={false} scroll={{ x: 'max-content' }}
        onRow={(one) => ({ 'data-testid': `vault-field-${one.name}`, 'data-stored': one.stored }) as object}
        columns={[
          { title: t('vault.field'), key: 'title', fixed: 'left', render: (_, one) => <>{one.title}<div><Typography.Text type="secondary" style={{ fontSize: 12 }}>{one.name}</Typography.Text></div></> },
          { title: t('vault.type'), key: 'type', render: (_, one) => code('vaultType', one.type) },
          { title: t('vault.class'), key: 'class', render: (_, one) => code('vaultClass', one.data_class) },
          { title: t('vault.grade'), key: 'grade', render: (_, one) => <Tag color={GRADE[one.grade] ?? 'default'}>{t('vault.gradeOf', { grade: one.grade })}</Tag> },
          { title: t('vault.stored'), key: 'stored', render: (_, one) => (one.stored ? t('common.yes') : t('vault.memory')) },
          { title: t('vault.protection'), key: 'protection', render: (_, one) => (one.stored ? code('vaultProtection', one.protection) : '—') },
          { title: t('vault.searchable'), key: 'searchable', render: (_, one) => (one.searchable ? t('common.yes') : '—') },
          { title: t('vault.mask'), key: 'mask', render: (_, one) => (one.mask ? code('vaultMask', one.mask) : one.stored ? t('vault.unmasked') : '—') },
          { title: t('vault.wholeFor'), key: 'whole', render: (_, one) => one.whole_for.map((role) => code('role', role)).join('、') || '—' },
          { title: t('vault.retention'), key: 'retention', render: (_, one) => (one.retention_days > 0 ? t('vault.days', { days: one.retention_days }) : '—') },
          { title: t('vault.backup'), key: 'backup', render: (_, one) => (one.stored ? code('vaultBackup', one.backup) : '—') },
        ]} />
      <Typography.Paragraph type="secondary" style={{ margin: '12px 0 0' }}>{t('vault.wholeText')}</Typography.Paragraph>
    </>
  );
}
