// Shell is the frame around every page: menu of the role, live state, watermark, log-out.
import {
  AlertOutlined, AuditOutlined, BankOutlined, CheckSquareOutlined, DatabaseOutlined, DesktopOutlined, ExportOutlined, FileProtectOutlined, KeyOutlined, HomeOutlined, IdcardOutlined, LogoutOutlined,
  SafetyCertificateOutlined, SettingOutlined, TeamOutlined, UserOutlined, WifiOutlined,
} from '@ant-design/icons';
import { Alert, Button, Dropdown, Layout, Menu, Tag, Watermark } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router-dom';
import { localTime } from '../components/time';
import { useI18n } from '../i18n/language';
import { useLive } from '../live/live';
import { opens, PAGES, type PageName } from '../session/roles';
import { PasswordModal } from '../session/PasswordModal';
import { useSession, useSessionState } from '../session/session';
import { OwnFactors } from './OwnFactors';
import { OwnSessions } from './OwnSessions';
import { usePreferences } from './preferences';
import { Tools } from './Tools';

const ICONS: Record<PageName, ReactNode> = {
  home: <HomeOutlined />, devices: <DesktopOutlined />, enrolments: <UserOutlined />, sites: <BankOutlined />,
  policy: <SafetyCertificateOutlined />, alarms: <AlertOutlined />, audit: <AuditOutlined />, exports: <ExportOutlined />, users: <TeamOutlined />,
  requests: <CheckSquareOutlined />, signings: <KeyOutlined />, compliance: <FileProtectOutlined />, vault: <DatabaseOutlined />, persons: <IdcardOutlined />, settings: <SettingOutlined />,
};

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useI18n();
  const { dark } = usePreferences();
  const session = useSession();
  const { pathname } = useLocation();
  const pages = PAGES.filter((p) => opens(session, p.name));
  const current = pages.find((p) => p.path !== '/' && pathname.startsWith(p.path))?.name ?? (pathname === '/' ? 'home' : '');
  return (
    <Watermark content={[session.account, useMinute()]} gap={[140, 120]}
      font={{ fontSize: 13, color: dark ? 'rgba(255,255,255,.055)' : 'rgba(15,40,80,.06)' }}>
      <a className="kw-skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>{t('app.skip')}</a>
      <Layout style={{ minHeight: '100vh' }} hasSider>
        <Layout.Sider width={232} theme="light" breakpoint="lg" collapsible={false} collapsedWidth={56} trigger={null}
          style={{ position: 'sticky', top: 0, height: '100vh', borderRight: '1px solid var(--kw-line)' }}>
          <div className="kw-brand"><img src="/favicon.svg" alt="" /><span>{t('app.name')}</span></div>
          <nav aria-label={t('app.menu')}>
            <Menu mode="inline" selectedKeys={[current]} style={{ borderInlineEnd: 0, paddingTop: 8, background: 'transparent' }}
              items={pages.map((p) => ({
                key: p.name, icon: ICONS[p.name],
                label: <Link to={p.path} data-testid={`menu-${p.name}`} aria-current={p.name === current ? 'page' : undefined}>{t(`menu.${p.name}`)}</Link>,
              }))} />
          </nav>
        </Layout.Sider>
        <Layout style={{ background: 'var(--kw-page)' }}>
          <Layout.Header className="kw-header">
            <LiveState />
            <span className="kw-spacer" />
            <Tools />
            <Account />
          </Layout.Header>
          <OfflineBanner />
          <Layout.Content className="kw-content" id="main" tabIndex={-1} role="main">{children}</Layout.Content>
        </Layout>
      </Layout>
    </Watermark>
  );
}

function useMinute(): string {
  const now = () => localTime(new Date().toISOString()).slice(0, 16);
  const [minute, setMinute] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setMinute(now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return minute;
}

function LiveState() {
  const { t } = useI18n();
  const { state } = useLive();
  const color = { online: 'success', connecting: 'processing', offline: 'error' }[state];
  return <Tag color={color} icon={<WifiOutlined />} data-testid="live-state" data-state={state} role="status">{t(`app.live.${state}`)}</Tag>;
}

function OfflineBanner() {
  const { t } = useI18n();
  const { state } = useLive();
  if (state !== 'offline') return null;
  return <Alert banner type="error" role="alert" data-testid="offline-banner" message={t('app.live.offline')} description={t('app.live.offlineText')} />;
}

function Account() {
  const { t } = useI18n();
  const { account, display_name, role } = useSession();
  const { leave, update } = useSessionState();
  const [open, setOpen] = useState<'password' | 'sessions' | 'factors'>();
  return (
    <>
    <Dropdown trigger={['click']} menu={{ items: [
      { key: 'who', label: `${account} · ${t(`role.${role}`)}`, disabled: true },
      { type: 'divider' },
      { key: 'password', label: <span data-testid="account-password">{t('password.title')}</span>, onClick: () => setOpen('password') },
      { key: 'factors', label: <span data-testid="account-factors">{t('factors.title')}</span>, onClick: () => setOpen('factors') },
      { key: 'sessions', label: <span data-testid="account-sessions">{t('sessions.own')}</span>, onClick: () => setOpen('sessions') },
      { key: 'logout', icon: <LogoutOutlined />, label: <span data-testid="logout">{t('app.logout')}</span>, onClick: () => leave('logout') },
    ] }}>
      <Button type="text" icon={<UserOutlined />} data-testid="account-menu">{display_name} · {t(`role.${role}`)}</Button>
    </Dropdown>
    <PasswordModal open={open === 'password'} close={() => setOpen(undefined)} done={(next) => { setOpen(undefined); update(next); }} />
    {open === 'factors' && <OwnFactors close={() => setOpen(undefined)} />}
    {open === 'sessions' && <OwnSessions close={() => setOpen(undefined)} />}
    </>
  );
}
