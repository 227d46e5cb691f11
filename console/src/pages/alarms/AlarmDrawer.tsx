// AlarmDrawer explains one alarm in a sentence and takes the answer: acknowledge, release the kiosk.
import { CheckCircleOutlined, ClockCircleOutlined, ExclamationCircleOutlined } from '@ant-design/icons';
import { Button, Descriptions, Drawer, Space, Tag, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Alarm } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, LiveTag, SeverityTag, TimeText } from '../../components/basics';
import { Clauses, ParamTable } from '../../components/EventParts';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { may, mayOpen } from '../../session/roles';
import { useSession } from '../../session/session';

const STATE = {
  open: { color: 'error', icon: <ExclamationCircleOutlined /> },
  acknowledged: { color: 'processing', icon: <ClockCircleOutlined /> },
  closed: { color: 'default', icon: <CheckCircleOutlined /> },
};
export function AlarmStateTag({ alarm }: { alarm: Alarm }) {
  const { t } = useI18n();
  return <Tag color={STATE[alarm.state].color} icon={STATE[alarm.state].icon} data-testid={`alarm-state-${alarm.id}`} data-state={alarm.state}>{t(`alarms.state.${alarm.state}`)}</Tag>;
}

interface Props {
  alarm: Alarm | undefined;
  close: () => void;
  changed: (alarm: Alarm) => void;
}

export function AlarmDrawer({ alarm, close, changed }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const { role } = useSession();
  const action = useAction();
  const [acknowledging, setAcknowledging] = useState(false);
  const acknowledge = (reason: string) => alarm && void action.run(
    () => api.acknowledge(alarm.id, reason), t('alarms.acknowledged'), (next) => { setAcknowledging(false); changed(next); });
  return (
    <Drawer open={!!alarm} onClose={close} width={600} destroyOnHidden data-testid="alarm-drawer" title={alarm ? i18n.title(alarm.type) : ''}
      footer={may(role, 'acknowledgeAlarm') && alarm && (
        <Space style={{ display: 'flex', justifyContent: 'flex-end' }}>
          {alarm.device && may(role, 'releaseDevice') && <Release key={alarm.device} device={alarm.device} />}
          <Button type="primary" disabled={alarm.state !== 'open'} onClick={() => setAcknowledging(true)} data-testid="alarm-acknowledge">{t('alarms.acknowledge')}</Button>
        </Space>
      )}>
      {alarm && (
        <>
          <Space className="kw-block"><SeverityTag severity={alarm.severity} /><AlarmStateTag alarm={alarm} /></Space>
          <Typography.Paragraph style={{ fontSize: 15 }} data-testid="alarm-text">{i18n.text(alarm.type, alarm.params)}</Typography.Paragraph>
          <Descriptions column={1} size="small" bordered className="kw-block" items={[
            { key: 'device', label: t('alarms.device'), children: alarm.device && mayOpen(role, 'devices')
              ? <Link to={`/devices/${alarm.device}`}>{alarm.device_name || alarm.device}</Link> : alarm.device_name || alarm.device || t('alarms.platform') },
            { key: 'site', label: t('devices.site'), children: alarm.site_name || '—' },
            { key: 'first', label: t('alarms.first'), children: <TimeText value={alarm.first} /> },
            { key: 'last', label: t('alarms.last'), children: <TimeText value={alarm.last} /> },
            { key: 'count', label: t('alarms.count'), children: alarm.count },
            { key: 'clause', label: t('alarms.clause'), children: <Clauses value={alarm.clause} /> },
            { key: 'case', label: t('device.case'), children: <Hash value={alarm.case_id} /> },
            ...(alarm.acknowledged_by ? [
              { key: 'by', label: t('alarms.acknowledgedBy'), children: alarm.acknowledged_by },
              { key: 'note', label: t('common.note'), children: alarm.note },
            ] : []),
          ]} />
          <ParamTable params={alarm.params} type={alarm.type} />
        </>
      )}
      <ReasonModal open={acknowledging} busy={action.busy} title={t('alarms.acknowledge.title')} text={t('alarms.acknowledge.text')}
        onCancel={() => setAcknowledging(false)} onSubmit={acknowledge} />
    </Drawer>
  );
}

/// Release offers the release order while the alarm's kiosk is cut off.
function Release({ device }: { device: string }) {
  const { t } = useI18n();
  const detail = useResource((o) => api.device(device, o), [device]);
  const action = useAction();
  const [asking, setAsking] = useState(false);
  useLiveMessages((message) => {
    if (message.kind === 'device' && message.device.id === device) detail.update((d) => ({ ...d, device: message.device }));
  });
  const release = (reason: string) => action.run(() => api.release(device, reason), t('device.ordered'), () => setAsking(false));
  if (detail.error) return <ErrorView error={detail.error} retry={detail.reload} />;
  if (!detail.data) return null;
  const { name, live } = detail.data.device;
  return (
    <>
      <LiveTag live={live} testId="alarm-device-state" />
      <Button disabled={live !== 'cut'} onClick={() => setAsking(true)} data-testid="device-release">{t('device.release')}</Button>
      <ReasonModal open={asking} busy={action.busy} title={t('device.release.title', { name })} text={t('device.release.text')}
        onCancel={() => setAsking(false)} onSubmit={(reason) => void release(reason)} />
    </>
  );
}
