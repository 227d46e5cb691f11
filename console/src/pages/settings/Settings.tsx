// Settings: what takes two persons, rules of sessions and passwords; every open session; tokens of machines.
import { Tabs } from 'antd';
import { api } from '../../api/endpoints';
import { PageTitle } from '../../components/basics';
import { SessionTable } from '../../components/SessionTable';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { Rules } from './Rules';
import { Tokens } from './Tokens';

export default function Settings() {
  const { t } = useI18n();
  const session = useSession();
  return (
    <>
      <PageTitle>{t('menu.settings')}</PageTitle>
      <Tabs items={[
        { key: 'rules', label: <span data-testid="settings-tab-rules">{t('settings.rules')}</span>, children: <Rules /> },
        ...(can(session, 'listSessions') ? [{ key: 'sessions', label: <span data-testid="settings-tab-sessions">{t('sessions.title')}</span>, children: <SessionTable load={api.sessions} end={api.endSession} /> }] : []),
        ...(can(session, 'listApiTokens') ? [{ key: 'tokens', label: <span data-testid="settings-tab-tokens">{t('tokens.machine')}</span>, children: <Tokens /> }] : []),
      ]} />
    </>
  );
}
