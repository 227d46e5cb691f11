// Vault: what is kept of which matter and who may see it, under which keys, and what may not land anywhere.
import { Alert, Button, Skeleton, Tabs } from 'antd';
import { useEffect } from 'react';
import { api } from '../../api/endpoints';
import type { Vault as VaultInfo } from '../../api/types';
import { ErrorView, PageTitle } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { Keys } from './Keys';
import { Landing } from './Landing';
import { Matters } from './Matters';

const LOOK_AGAIN = 2_000;

export default function Vault() {
  const { t } = useI18n();
  const vault = useResource(api.vault, []);
  const { reload, data } = vault;
  const moving = data?.rotations.some((one) => !one.ended) ?? false;
  useLiveMessages((message) => { if (message.kind === 'alarm') vault.reloadSoon(); });
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(reload, LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [moving, reload]);
  return (
    <>
      <PageTitle extra={<Button onClick={reload} data-testid="vault-reload">{t('common.reload')}</Button>}>{t('menu.vault')}</PageTitle>
      <ErrorView error={vault.error} retry={reload} />
      {data ? <Shown vault={data} reload={reload} /> : vault.loading && <Skeleton active />}
    </>
  );
}

function Shown({ vault, reload }: { vault: VaultInfo; reload: () => void }) {
  const { t } = useI18n();
  const session = useSession();
  const keys = vault.available && (can(session, 'listVaultKeys') || can(session, 'rewrapVaultKeys'));
  return (
    <Tabs items={[
      { key: 'matters', label: <span data-testid="vault-tab-matters">{t('vault.tab.matters')}</span>, children: vault.available ? <Matters vault={vault} /> : <Unavailable /> },
      ...(keys ? [{ key: 'keys', label: <span data-testid="vault-tab-keys">{t('vault.tab.keys')}</span>, children: <Keys vault={vault} reload={reload} /> }] : []),
      ...(can(session, 'getLanding') ? [{ key: 'landing', label: <span data-testid="vault-tab-landing">{t('vault.tab.landing')}</span>, children: <Landing /> }] : []),
    ]} />
  );
}

function Unavailable() {
  const { t } = useI18n();
  return (
    <Alert type="info" showIcon data-testid="vault-unavailable" message={t('vault.none')} description={(
      <>
        <p>{t('vault.noneText')}</p>
        <pre className="kw-code kw-wrap">{'catalogue = "/usr/share/kioskward/catalogue"'}</pre>
      </>
    )} />
  );
}
