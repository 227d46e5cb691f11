// Keys of the vault: what each is for and where it stands; rotations and wrapping keys above them.
import { Button, Card, Grid, Select, Space, Table, Tag, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { api } from '../../api/endpoints';
import type { Vault, VaultKey, VaultKeyAct } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { localTime } from '../../components/time';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import type { Key } from '../../i18n/translate';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { actsOf, filterKeys, neededOf, scopeOf, type KeyFilter } from './keys';
import { District } from './parts';
import { Rotations } from './Rotations';

const COLOR: Record<VaultKey['state'], string> = { pre_active: 'default', active: 'success', decrypt_only: 'processing', disabled: 'warning', destroyed: 'error' };

export function Keys({ vault, reload }: { vault: Vault; reload: () => void }) {
  const session = useSession();
  return can(session, 'listVaultKeys') ? <Listed vault={vault} reload={reload} /> : <Rotations vault={vault} keys={[]} changed={reload} />;
}

function Listed({ vault, reload }: { vault: Vault; reload: () => void }) {
  const keys = useResource(api.vaultKeys, []);
  const items = keys.data?.items ?? [];
  const read = keys.reload;
  // Whatever has the vault read again changes keys: a rotation, another administrator, the button above.
  useEffect(read, [vault, read]);
  const changed = () => { reload(); read(); };
  return (
    <>
      <Rotations vault={vault} keys={items} changed={changed} />
      <ErrorView error={keys.error} retry={read} />
      <KeyTable vault={vault} keys={items} loading={keys.loading && !keys.data} changed={changed} />
    </>
  );
}

/// Scope says in the catalogue's words whose keys these are.
function Scope({ vault, of: key }: { vault: Vault; of: VaultKey }) {
  const { t } = useI18n();
  return <span title={key.scope}>{scopeText(vault, key) || t('vault.allScopes')}</span>;
}
function scopeText(vault: Vault, key: VaultKey): string {
  const { matter, field } = titlesOf(vault, key);
  return field ? `${matter} / ${field}` : matter;
}
function titlesOf(vault: Vault, key: VaultKey): { matter: string; field: string } {
  const { matter, field } = scopeOf(key);
  const known = vault.matters.find((one) => one.code === matter);
  return { matter: known?.title ?? matter, field: known?.fields.find((one) => one.name === field)?.title ?? field };
}

function KeyTable({ vault, keys, loading, changed }: { vault: Vault; keys: VaultKey[]; loading: boolean; changed: () => void }) {
  const i18n = useI18n();
  const { t, code } = i18n;
  const session = useSession();
  const action = useAction();
  const { lg } = Grid.useBreakpoint();
  const [filter, setFilter] = useState<KeyFilter>({});
  const [asking, setAsking] = useState<{ key: VaultKey; act: VaultKeyAct['act'] }>();
  const fitting = filterKeys(keys, filter);
  const all = (what: (key: VaultKey) => string) => [...new Set(keys.map(what))].sort();
  const choose = (name: keyof KeyFilter, values: string[], word: (value: string) => string) => (
    <Select allowClear placeholder={t(`vault.${name}` as Key)} style={{ width: 170 }} value={filter[name]} data-testid={`vault-filter-${name}`}
      onChange={(value: string | undefined) => setFilter({ ...filter, [name]: value })} options={values.map((value) => ({ value, label: word(value) }))} />
  );
  const text = () => {
    if (!asking) return '';
    const { key, act } = asking;
    if (act !== 'destroy') return code('vaultActText', act);
    const needed = neededOf(key, keys, vault.rotations);
    if (needed.kind === 'unused') return `${code('vaultActText', act)} ${t('vault.loss.unused')}`;
    const loss = t(`vault.loss.${key.use}` as Key, titlesOf(vault, key));
    return `${code('vaultActText', act)} ${needed.kind === 'moved' ? t('vault.loss.moved', { at: localTime(needed.at) }) : t('vault.loss.kept')} ${loss}`;
  };
  const submit = (reason: string) => asking && void action.run(
    () => api.actVaultKey(asking.key.id, { version: asking.key.version, act: asking.act, reason }), code('vaultActDone', asking.act), () => { setAsking(undefined); changed(); });
  const titleOf = (matter: string) => vault.matters.find((one) => one.code === matter)?.title ?? matter;
  return (
    <Card title={t('vault.keys')} extra={<span data-testid="vault-key-count">{t('vault.keyCount', { shown: fitting.length, all: keys.length })}</span>}>
      <Typography.Paragraph type="secondary">{t('vault.keysText')}</Typography.Paragraph>
      <div className="kw-filters">
        {choose('matter', all((key) => scopeOf(key).matter).filter(Boolean), titleOf)}
        {choose('use', all((key) => key.use), (use) => code('vaultUse', use))}
        {choose('state', all((key) => key.state), (state) => code('vaultState', state))}
        {choose('district', all((key) => key.district), (district) => district || t('vault.noDistrict'))}
      </div>
      <Table<VaultKey> rowKey={(key) => `${key.id} ${key.version}`} size="middle" loading={loading} dataSource={fitting} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }} locale={{ emptyText: t(keys.length ? 'vault.noKeysLeft' : 'vault.noKeys') }}
        onRow={(key) => ({ 'data-testid': `vault-key-${key.id}-${key.version}`, 'data-use': key.use, 'data-scope': key.scope, 'data-state': key.state, 'data-version': key.version }) as object}
        columns={[
          { title: t('vault.use'), key: 'use', render: (_, key) => code('vaultUse', key.use) },
          { title: t('vault.scope'), key: 'scope', render: (_, key) => <Scope vault={vault} of={key} /> },
          { title: t('vault.class'), key: 'class', render: (_, key) => code('vaultClass', key.data_class) },
          { title: t('vault.district'), key: 'district', render: (_, key) => <District name={key.district} /> },
          { title: t('vault.version'), dataIndex: 'version', align: 'right' },
          { title: t('vault.state'), key: 'state', render: (_, key) => <Tag color={COLOR[key.state]}>{code('vaultState', key.state)}</Tag> },
          { title: t('vault.made'), key: 'made', render: (_, key) => <TimeText value={key.made} /> },
          { title: t('vault.changed'), key: 'changed', render: (_, key) => <TimeText value={key.changed} /> },
          { title: t('vault.id'), key: 'id', render: (_, key) => <Hash value={key.id} /> },
          ...(can(session, 'actVaultKey') ? [{ title: t('common.actions'), key: 'act', ...(lg ? { fixed: 'right' as const } : {}), render: (_: unknown, key: VaultKey) => (
            <Space>
              {actsOf(key).map((act) => (
                <Button key={act} size="small" danger={act !== 'restore'} onClick={() => setAsking({ key, act })} data-testid={`vault-${act}-${key.id}-${key.version}`}>{code('vaultAct', act)}</Button>
              ))}
            </Space>
          ) }] : []),
        ]} />
      <ReasonModal open={asking !== undefined} danger={asking?.act !== 'restore'} busy={action.busy} text={text()} onCancel={() => setAsking(undefined)} onSubmit={submit}
        title={asking ? t('vault.actTitle', { act: code('vaultAct', asking.act), use: code('vaultUse', asking.key.use), scope: scopeText(vault, asking.key), version: asking.key.version }) : ''} />
    </Card>
  );
}
