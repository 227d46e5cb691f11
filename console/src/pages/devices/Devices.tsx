// Devices: every kiosk with its live state; filters stand in the address so that other pages can link to them.
import { ReloadOutlined } from '@ant-design/icons';
import { Button, Card, Checkbox, Input, Select, Table, Tooltip } from 'antd';
import { useEffect } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Device, DeviceLive } from '../../api/types';
import { ErrorView, LiveTag, PageTitle, TimeText } from '../../components/basics';
import { Pager, useCursor } from '../../components/pager';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { mergeDevice } from '../../live/reducer';
import { mayOpen } from '../../session/roles';
import { useSession } from '../../session/session';

const STATES: DeviceLive[] = ['online', 'watching', 'degraded', 'cut', 'offline', 'disabled'];

export default function Devices() {
  const { t } = useI18n();
  const { role } = useSession();
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const site = params.get('site') ?? '';
  const baselines = params.get('baselines') === 'waiting';
  const state = STATES.find((s) => s === params.get('state'));
  const cursor = useCursor();
  const { reset } = cursor;
  useEffect(reset, [q, site, state, baselines, reset]);
  const page = useResource((o) => api.devices({ ...o, query: { q, state, site, baselines: baselines ? 'waiting' : undefined, cursor: cursor.value, limit: 50 } }), [q, state, site, baselines, cursor.value]);
  const sites = useResource(api.sites, []);
  useLiveMessages((message) => {
    if (message.kind !== 'device') return;
    if (!page.data) return page.update((data) => data);
    const merged = mergeDevice(page.data, message.device, { q, ...(state && { state }), firstPage: cursor.first });
    page.update(() => merged.value);
    if (merged.stale || baselines) page.reloadSoon();
  });
  const set = (name: string, value: string | undefined) => setParams((old) => {
    if (value) old.set(name, value);
    else old.delete(name);
    return old;
  }, { replace: true });
  return (
    <>
      <PageTitle extra={<Button icon={<ReloadOutlined />} onClick={page.reload}>{t('common.reload')}</Button>}>{t('menu.devices')}</PageTitle>
      <div className="kw-filters">
        <Input.Search allowClear defaultValue={q} key={q} maxLength={100} placeholder={t('devices.search')} aria-label={t('common.search')}
          onSearch={(value) => set('q', value.trim())} style={{ width: 300 }} data-testid="device-search" />
        <Select allowClear value={state ?? null} placeholder={t('devices.state')} aria-label={t('devices.state')} style={{ width: 160 }} data-testid="device-filter-state"
          options={STATES.map((s) => ({ value: s, label: t(`live.${s}`) }))} onChange={(v: string | null) => set('state', v ?? undefined)} />
        <Select allowClear showSearch optionFilterProp="label" value={site || null} placeholder={t('devices.site')} aria-label={t('devices.site')} style={{ width: 220 }}
          options={(sites.data?.items ?? []).map((s) => ({ value: s.id, label: s.name }))} onChange={(v: string | null) => set('site', v ?? undefined)} />
        <Checkbox checked={baselines} onChange={(e) => set('baselines', e.target.checked ? 'waiting' : undefined)}><span data-testid="device-filter-baselines">{t('devices.baselines')}</span></Checkbox>
      </div>
      <ErrorView error={page.error} retry={page.reload} />
      <Card>
        <Table<Device> rowKey="id" size="middle" loading={page.loading && !page.data} dataSource={page.data?.items ?? []} pagination={false}
          scroll={{ x: 'max-content' }} locale={{ emptyText: t('devices.empty') }}
          onRow={(d) => ({ 'data-testid': `device-row-${d.id}` }) as object}
          columns={[
            { title: t('devices.name'), key: 'name', render: (_, d) => <Link to={`/devices/${d.id}`} data-testid={`device-open-${d.id}`}>{d.name}</Link> },
            { title: t('devices.state'), key: 'live', render: (_, d) => <LiveTag live={d.live} testId={`device-state-${d.id}`} /> },
            { title: t('devices.site'), dataIndex: 'site_name' },
            { title: t('devices.address'), dataIndex: 'address' },
            { title: t('devices.mac'), dataIndex: 'mac' },
            { title: t('devices.custodian'), dataIndex: 'custodian' },
            { title: t('devices.policy'), key: 'policy', render: (_, d) => <Revision device={d} /> },
            { title: t('devices.alarms'), key: 'alarms', align: 'right', render: (_, d) => (
              mayOpen(role, 'alarms') && d.alarms_open ? <Link to={`/alarms?device=${d.id}&state=open`}>{d.alarms_open}</Link> : d.alarms_open) },
            { title: t('devices.lastSeen'), key: 'seen', render: (_, d) => <TimeText value={d.last_seen} /> },
          ]} />
        <Pager cursor={cursor} next={page.data?.next ?? ''} total={page.data?.total} />
      </Card>
    </>
  );
}

/// Revision shows the policy in force, and the wanted one where it differs.
export function Revision({ device }: { device: Device }) {
  const { t } = useI18n();
  const { policy_revision: current, policy_wanted: wanted } = device;
  if (current === wanted) return <span>{current || t('devices.policyNone')}</span>;
  const text = t('devices.policyBehind', { current: current || '—', wanted });
  return <Tooltip title={text}><span aria-label={text} className="kw-different">{current || '—'} → {wanted}</span></Tooltip>;
}
