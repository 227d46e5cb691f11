// Home says what needs this person now, then how the fleet and the ledger stand.
import { CheckCircleOutlined } from '@ant-design/icons';
import { Card, Descriptions, Skeleton, Tag, Typography } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../api/endpoints';
import type { DeviceLive, LedgerRoom, Overview } from '../api/types';
import { ErrorView, Hash, LiveTag, PageTitle, TimeText } from '../components/basics';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import { useLiveMessages } from '../live/live';
import { can, opens, type PageName } from '../session/roles';
import { useSession } from '../session/session';
import { Rows } from './Rows';
import { Witnesses } from './Witnesses';

const STATES: DeviceLive[] = ['online', 'watching', 'degraded', 'cut', 'offline', 'disabled'];

export default function Home() {
  const { t } = useI18n();
  const overview = useResource(api.overview, []);
  useLiveMessages((message) => {
    if (message.kind === 'checkpoint') overview.update((o) => ({ ...o, ledger: message.checkpoint }));
    else overview.reloadSoon();
  });
  const data = overview.data;
  return (
    <>
      <PageTitle>{t('menu.home')}</PageTitle>
      <ErrorView error={overview.error} retry={overview.reload} />
      {data ? <Shown data={data} /> : overview.loading && <Skeleton active />}
    </>
  );
}

function Shown({ data }: { data: Overview }) {
  const { t } = useI18n();
  const session = useSession();
  const calm = data.enrolments_pending + data.baselines_waiting + data.requests_waiting + data.alarms_open + data.devices.cut === 0;
  return (
    <>
      {can(session, 'listRowFindings') && <Rows />}
      <Card className="kw-block" title={t('home.needs')}>
        {calm && <div className="kw-calm" data-testid="home-calm"><CheckCircleOutlined className="kw-same" />{t('home.calm')}</div>}
        {!calm && (
          <div className="kw-needs" style={{ marginBottom: 0 }}>
            <Need page="enrolments" to="/enrolments" id="pending" count={data.enrolments_pending} level="act" label={t('home.pending')} />
            <Need page="devices" to="/devices?baselines=waiting" id="baselines" count={data.baselines_waiting} level="act" label={t('home.baselines')} />
            <Need page="requests" to="/requests" id="requests" count={data.requests_waiting} level="act" label={t('home.requests')} />
            <Need page="alarms" to="/alarms?state=open" id="alarms" count={data.alarms_open} level={data.alarms_critical ? 'alarm' : 'act'} label={t('home.alarms')}
              extra={data.alarms_critical > 0 && t('home.critical', { count: data.alarms_critical })} />
            <Need page="devices" to="/devices?state=cut" id="cut" count={data.devices.cut} level="alarm" label={t('home.cut')} />
          </div>
        )}
      </Card>
      <Card className="kw-block" title={t('home.devices')}
        extra={<Count page="devices" to="/devices" session={session}>{t('home.total')} <b data-testid="home-total">{data.devices.total}</b></Count>}>
        <div className="kw-needs" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(130px, 1fr))', marginBottom: 0 }}>
          {STATES.map((state) => (
            <Count key={state} page="devices" to={`/devices?state=${state}`} session={session}>
              <span style={{ display: 'grid', justifyItems: 'start', gap: 6 }}>
                <LiveTag live={state} />
                <b style={{ fontSize: 20, fontVariantNumeric: 'tabular-nums' }} data-testid={`home-${state}`}>{data.devices[state]}</b>
              </span>
            </Count>
          ))}
        </div>
      </Card>
      <Card className="kw-block" title={t('home.ledger')}>
        <Descriptions column={{ xs: 1, sm: 1, md: 2, lg: 2, xl: 2, xxl: 2 }} items={[
          { key: 'origin', label: t('home.ledger.origin'), children: data.ledger.origin },
          { key: 'size', label: t('home.ledger.size'), children: <Count page="audit" to="/audit" session={session}><b data-testid="home-ledger-size">{data.ledger.size}</b></Count> },
          { key: 'time', label: t('home.ledger.time'), children: <TimeText value={data.ledger.time} /> },
          { key: 'root', label: t('home.ledger.root'), children: <Hash value={data.ledger.root} /> },
          { key: 'room', label: t('home.ledger.room'), children: <Room room={data.ledger_room} /> },
        ]} />
      </Card>
      {can(session, 'listWitnesses') && <Witnesses />}
    </>
  );
}

const ROOM_COLOR: Record<LedgerRoom['level'], string> = { ample: 'success', low: 'warning', scarce: 'error', full: 'error' };

function Room({ room }: { room: LedgerRoom }) {
  const { t } = useI18n();
  return (
    <span data-testid="home-ledger-room" data-level={room.level}>
      <Tag color={ROOM_COLOR[room.level]}>{t(`home.ledger.level.${room.level}`)}</Tag>
      {t('home.ledger.roomText', { used: room.used_percent, free: Math.floor(room.free / 1_048_576) })}
      {!room.writable && <Typography.Text type="danger" style={{ display: 'block' }}>{t('home.ledger.refused')}</Typography.Text>}
    </span>
  );
}

interface NeedProps {
  page: PageName;
  to: string;
  id: string;
  count: number;
  level: 'act' | 'alarm';
  label: string;
  extra?: ReactNode;
}
function Need({ page, to, id, count, level, label, extra }: NeedProps) {
  const session = useSession();
  const inner = (
    <span className="kw-need" data-level={count ? level : 'none'}>
      {label}<strong data-testid={`home-${id}`}>{count}</strong>
      <Typography.Text type="secondary" style={{ fontSize: 12 }}>{extra || '\u00a0'}</Typography.Text>
    </span>
  );
  return opens(session, page) ? <Link to={to} style={{ color: 'inherit' }}>{inner}</Link> : <div>{inner}</div>;
}

function Count({ page, to, session, children }: { page: PageName; to: string; session: Parameters<typeof opens>[0]; children: ReactNode }) {
  return opens(session, page) ? <Link to={to} style={{ color: 'inherit' }}>{children}</Link> : <span>{children}</span>;
}
