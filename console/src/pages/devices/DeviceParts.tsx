// The tabs of a device: hardware, certificates, facts, orders, alarms.
import { CheckCircleOutlined, MinusCircleOutlined } from '@ant-design/icons';
import { Descriptions, Input, Space, Table, Tag } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Alarm, CertificateInfo, Fact, HardwareSource, OrderInfo } from '../../api/types';
import { ErrorView, Hash, SeverityTag, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useSectionWords } from '../../components/sectionWords';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { mergeAlarm } from '../../live/reducer';

const plain = { size: 'small', pagination: { hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }, scroll: { x: 'max-content' } } as const;

export function Sources({ sources }: { sources: HardwareSource[] }) {
  const { t } = useI18n();
  if (!sources.length) return <>—</>;
  return (
    <Space wrap size={[4, 6]}>
      {sources.map((s) => (
        <Tag key={s.name} color={s.present ? 'success' : 'default'} icon={s.present ? <CheckCircleOutlined /> : <MinusCircleOutlined />} data-present={s.present}>
          {s.name} {t(s.present ? 'device.present' : 'device.absent')}
        </Tag>
      ))}
    </Space>
  );
}

export function Hardware({ digest, sources }: { digest: string; sources: HardwareSource[] }) {
  const { t } = useI18n();
  return (
    <Descriptions column={1} size="small" items={[
      { key: 'digest', label: t('device.digest'), children: <Hash value={digest} whole /> },
      { key: 'sources', label: t('device.sources'), children: <Sources sources={sources} /> },
    ]} />
  );
}

const CERT_COLOR: Record<CertificateInfo['state'], string> = { valid: 'success', revoked: 'error', expired: 'warning' };
export function Certificates({ items }: { items: CertificateInfo[] }) {
  const { t } = useI18n();
  return (
    <Table<CertificateInfo> {...plain} rowKey="serial" dataSource={items} locale={{ emptyText: t('common.empty') }} columns={[
      { title: t('device.usage'), dataIndex: 'usage', render: (v: CertificateInfo['usage']) => t(`device.usage.${v}`) },
      { title: t('device.serial'), dataIndex: 'serial', render: (v: string) => <Hash value={v} whole /> },
      { title: t('device.notBefore'), dataIndex: 'not_before', render: (v: string) => <TimeText value={v} /> },
      { title: t('device.notAfter'), dataIndex: 'not_after', render: (v: string) => <TimeText value={v} /> },
      { title: t('devices.state'), dataIndex: 'state', render: (v: CertificateInfo['state']) => <Tag color={CERT_COLOR[v]}>{t(`device.cert.${v}`)}</Tag> },
    ]} />
  );
}

export function Facts({ items }: { items: Fact[] }) {
  const { t } = useI18n();
  const [filter, setFilter] = useState('');
  const word = filter.trim().toLowerCase();
  const shown = items.filter((f) => !word || f.key.toLowerCase().includes(word) || f.value.toLowerCase().includes(word));
  return (
    <>
      <Input allowClear value={filter} onChange={(e) => setFilter(e.target.value)} placeholder={t('device.fact.filter')} aria-label={t('device.fact.filter')} style={{ maxWidth: 300, marginBottom: 12 }} />
      <Table<Fact> {...plain} rowKey="key" dataSource={shown} locale={{ emptyText: t('common.empty') }} columns={[
        { title: t('device.fact.key'), dataIndex: 'key', render: (v: string) => <code>{v}</code> },
        { title: t('device.fact.value'), dataIndex: 'value', render: (v: string) => <span style={{ overflowWrap: 'anywhere' }}>{v}</span> },
        { title: t('device.fact.source'), dataIndex: 'source' },
        { title: t('device.fact.time'), dataIndex: 'time', render: (v: string) => <TimeText value={v} /> },
      ]} />
    </>
  );
}

/// A section's action with its arguments, as it was signed.
function SectionOrder({ order }: { order: OrderInfo }) {
  const words = useSectionWords(order.section);
  const args = Object.entries(order.args).map(([name, value]) => `${words.arg(order.action, name)}: ${value}`).join(', ');
  return <span title={`${order.section}/${order.action}`}>{words.title} · {words.action(order.action)}{args && <><br /><small>{args}</small></>}</span>;
}

const ORDER_COLOR: Record<OrderInfo['state'], string> = { waiting: 'processing', done: 'success', refused: 'error', unsigned: 'warning' };
export function Orders({ items }: { items: OrderInfo[] }) {
  const { t } = useI18n();
  return (
    <Table<OrderInfo> {...plain} rowKey="id" dataSource={items} locale={{ emptyText: t('common.empty') }} columns={[
      { title: t('device.order.kind'), dataIndex: 'kind', render: (v: OrderInfo['kind'], o) => (v === 'section' ? <SectionOrder order={o} /> : t(`device.order.${v}`)) },
      { title: t('devices.state'), key: 'state', render: (_, o) => <Tag color={ORDER_COLOR[o.state]} data-testid={`order-state-${o.id}`} data-state={o.state}>{t(`device.order.${o.state}`)}</Tag> },
      { title: t('device.order.issued'), dataIndex: 'issued', render: (v: string) => <TimeText value={v} /> },
      { title: t('common.reason'), dataIndex: 'reason' },
    ]} />
  );
}

export function DeviceAlarms({ device }: { device: string }) {
  const i18n = useI18n();
  const { t } = i18n;
  const page = useResource((o) => api.alarms({ ...o, query: { device, limit: 50 } }), [device]);
  useLiveMessages((message) => {
    if (message.kind === 'alarm') page.update((p) => mergeAlarm(p, message.alarm, { device, firstPage: true }).value);
  });
  return (
    <>
      <ErrorView error={page.error} retry={page.reload} />
      <Table<Alarm> {...plain} rowKey="id" loading={page.loading && !page.data} dataSource={page.data?.items ?? []} locale={{ emptyText: t('alarms.empty') }} columns={[
        { title: t('alarms.severity'), key: 'severity', render: (_, a) => <SeverityTag severity={a.severity} /> },
        { title: t('alarms.type'), key: 'type', render: (_, a) => <Link to={`/alarms?device=${device}`}>{i18n.title(a.type)}</Link> },
        { title: t('alarms.state'), key: 'state', render: (_, a) => t(`alarms.state.${a.state}`) },
        { title: t('alarms.count'), dataIndex: 'count', align: 'right' },
        { title: t('alarms.last'), key: 'last', render: (_, a) => <TimeText value={a.last} /> },
      ]} />
    </>
  );
}
