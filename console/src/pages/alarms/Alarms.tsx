// Alarms: the live list; an alarm that arrives while the page is open is announced as well.
import { App, Button, Card, Segmented, Table } from 'antd';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Alarm, AlarmState } from '../../api/types';
import { ErrorView, PageTitle, SeverityTag, TimeText } from '../../components/basics';
import { Pager, useCursor } from '../../components/pager';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { mergeAlarm } from '../../live/reducer';
import { AlarmDrawer, AlarmStateTag } from './AlarmDrawer';

const STATES: AlarmState[] = ['open', 'acknowledged', 'closed'];

export default function Alarms() {
  const i18n = useI18n();
  const { t } = i18n;
  const { notification } = App.useApp();
  const [params, setParams] = useSearchParams();
  const state = STATES.find((s) => s === params.get('state'));
  const device = params.get('device') ?? '';
  const cursor = useCursor();
  const { reset } = cursor;
  useEffect(reset, [state, device, reset]);
  const page = useResource((o) => api.alarms({ ...o, query: { state, device, cursor: cursor.value, limit: 50 } }), [state, device, cursor.value]);
  const [shown, setShown] = useState<Alarm>();
  const apply = (alarm: Alarm) => {
    setShown((s) => (s?.id === alarm.id ? alarm : s));
    if (!page.data) return page.update((data) => data);
    const merged = mergeAlarm(page.data, alarm, { ...(state && { state }), ...(device && { device }), firstPage: cursor.first });
    page.update(() => merged.value);
    if (merged.stale) page.reloadSoon();
  };
  useLiveMessages((message) => {
    if (message.kind !== 'alarm') return;
    const { alarm } = message;
    if (alarm.state === 'open' && alarm.count === 1) {
      notification.warning({ key: alarm.id, placement: 'bottomLeft', role: 'status', message: t('alarms.new', { title: i18n.title(alarm.type), device: alarm.device_name || t('alarms.platform') }) });
    }
    apply(alarm);
  });
  const set = (name: string, value: string) => setParams((old) => {
    if (value) old.set(name, value);
    else old.delete(name);
    return old;
  }, { replace: true });
  return (
    <>
      <PageTitle>{t('menu.alarms')}</PageTitle>
      <div className="kw-filters">
        <Segmented value={state ?? ''} onChange={(v: string) => set('state', v)} aria-label={t('alarms.state')} data-testid="alarm-filter-state"
          options={[{ value: '', label: t('common.all') }, ...STATES.map((s) => ({ value: s, label: t(`alarms.state.${s}`) }))]} />
        {device && <Button onClick={() => set('device', '')}>{t('alarms.device')}: {page.data?.items[0]?.device_name ?? device} ✕</Button>}
      </div>
      <ErrorView error={page.error} retry={page.reload} />
      <Card>
        <Table<Alarm> rowKey="id" size="middle" loading={page.loading && !page.data} dataSource={page.data?.items ?? []} pagination={false}
          scroll={{ x: 'max-content' }} locale={{ emptyText: t('alarms.empty') }}
          onRow={(a) => ({ 'data-testid': `alarm-row-${a.id}`, 'data-type': a.type, className: 'kw-row', onClick: () => setShown(a) }) as object}
          columns={[
            { title: t('alarms.severity'), key: 'severity', render: (_, a) => <SeverityTag severity={a.severity} /> },
            { title: t('alarms.type'), key: 'type', render: (_, a) => (
              <Button type="link" style={{ padding: 0, height: 'auto' }} data-testid={`alarm-type-${a.id}`} data-type={a.type}
                onClick={(e) => { e.stopPropagation(); setShown(a); }}>{i18n.title(a.type)}</Button>
            ) },
            { title: t('alarms.device'), key: 'device', render: (_, a) => a.device_name || t('alarms.platform') },
            { title: t('devices.site'), key: 'site', render: (_, a) => a.site_name || '—' },
            { title: t('alarms.state'), key: 'state', render: (_, a) => <AlarmStateTag alarm={a} /> },
            { title: t('alarms.count'), dataIndex: 'count', align: 'right' },
            { title: t('alarms.last'), key: 'last', render: (_, a) => <TimeText value={a.last} /> },
          ]} />
        <Pager cursor={cursor} next={page.data?.next ?? ''} total={page.data?.total} />
      </Card>
      <AlarmDrawer alarm={shown} close={() => setShown(undefined)} changed={apply} />
    </>
  );
}
