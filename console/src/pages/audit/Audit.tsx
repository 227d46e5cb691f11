// Audit: entries of the ledger, newest first, with filters; each opens with the proof that it is in the ledger.
import { Button, Card, DatePicker, Input, Select, Table, Tag } from 'antd';
import type { Dayjs } from 'dayjs';
import { useEffect, useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { AuditEntry } from '../../api/types';
import { ErrorView, PageTitle, SeverityTag, TimeText } from '../../components/basics';
import { Pager, useCursor } from '../../components/pager';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { AuditDrawer } from './AuditDrawer';
import { ExtractButton, ExtractsDrawer } from './Extracts';
import { SegmentsDrawer } from './Segments';

interface Filter {
  type?: string;
  device?: string;
  person?: string;
  result?: string;
  severity?: string;
  site?: string;
  trace?: string;
  case?: string;
  from?: string;
  to?: string;
}

export default function Audit() {
  const i18n = useI18n();
  const { t } = i18n;
  const [filter, setFilter] = useState<Filter>({});
  const cursor = useCursor();
  const { reset } = cursor;
  useEffect(reset, [filter, reset]);
  const page = useResource((o) => api.audit({ ...o, query: { ...filter, before: cursor.value, limit: 50 } }), [filter, cursor.value]);
  const types = useResource(api.eventTypes, []);
  const [followed, setFollowed] = useState(0); // the inputs begin anew with what is followed
  const [listing, setListing] = useState(false);
  const [shown, setShown] = useState<AuditEntry>();
  const [segments, setSegments] = useState(false);
  const next = page.data?.next_before ? String(page.data.next_before) : '';
  return (
    <>
      <PageTitle extra={<>
        <ExtractButton filter={{ ...filter }} done={() => setListing(true)} /><Button onClick={() => setListing(true)} data-testid="extract-list">{t('extract.list')}</Button>
        <Button onClick={() => setSegments(true)} data-testid="audit-segments">{t('audit.segments')}</Button>
        <Button onClick={() => { reset(); page.reload(); }} data-testid="audit-reload">{t('common.reload')}</Button>
      </>}>{t('menu.audit')}</PageTitle>
      <Filters key={followed} filter={filter} change={setFilter} types={(types.data?.items ?? []).map((e) => e.type)} />
      <ErrorView error={page.error ?? types.error} retry={() => { page.reload(); types.reload(); }} />
      <Card>
        <Table<AuditEntry> rowKey="index" size="middle" loading={page.loading && !page.data} dataSource={page.data?.items ?? []} pagination={false}
          scroll={{ x: 'max-content' }} locale={{ emptyText: t('audit.empty') }}
          onRow={(e) => ({ 'data-testid': `audit-row-${e.index}`, 'data-type': e.type, className: 'kw-row', onClick: () => setShown(e) }) as object}
          columns={[
            { title: t('audit.index'), key: 'index', align: 'right', render: (_, e) => (
              <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={(event) => { event.stopPropagation(); setShown(e); }} data-testid={`audit-open-${e.index}`}>{e.index}</Button>
            ) },
            { title: t('audit.time'), key: 'time', render: (_, e) => (e.archived ? '—' : <TimeText value={e.time} />) },
            { title: t('audit.type'), key: 'type', render: (_, e) => (e.archived ? '—' : <span title={e.type}>{i18n.title(e.type)}</span>) },
            { title: t('audit.result'), key: 'result', render: (_, e) => (e.archived ? <Tag>{t('audit.archived')}</Tag> : <Result result={e.result} />) },
            { title: t('alarms.severity'), key: 'severity', render: (_, e) => (e.archived ? '—' : <SeverityTag severity={e.severity} />) },
            { title: t('audit.device'), key: 'device', render: (_, e) => e.device_name || (e.device ? `${e.device.slice(0, 8)}…` : '—') },
            { title: t('audit.person'), key: 'person', render: (_, e) => e.person || '—' },
          ]} />
        <Pager cursor={cursor} next={next} total={undefined} />
      </Card>
      <ExtractsDrawer open={listing} close={() => setListing(false)} />
      <AuditDrawer entry={shown} close={() => setShown(undefined)} follow={(one) => { setFilter(one); setFollowed((n) => n + 1); setShown(undefined); }} />
      <SegmentsDrawer open={segments} close={() => setSegments(false)} />
    </>
  );
}

const RESULTS = ['success', 'refused', 'blocked', 'failed', 'observed'];
const SEVERITIES = ['notice', 'warning', 'serious', 'critical'];

export function Result({ result }: { result: string }) {
  const { code } = useI18n();
  const color = result === 'success' ? 'success' : result === 'failed' || result === 'refused' ? 'error' : result === 'blocked' ? 'warning' : 'default';
  return <Tag color={color}>{code('result', result)}</Tag>;
}

function Filters({ filter, change, types }: { filter: Filter; change: (filter: Filter) => void; types: string[] }) {
  const i18n = useI18n();
  const { t } = i18n;
  const [device, setDevice] = useState('');
  const sites = useResource(api.sites, []);
  const deviceOk = device === '' || /^[0-9a-f]{32}$/i.test(device);
  const put = (patch: Filter) => change({ ...filter, ...patch });
  const iso = (time: Dayjs | null | undefined) => time?.toISOString();
  return (
    <div className="kw-filters">
      <DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowEmpty={[true, true]} placeholder={[t('audit.from'), t('audit.to')]}
        aria-label={t('audit.range')} onChange={(range) => put({ from: iso(range?.[0]) ?? '', to: iso(range?.[1]) ?? '' })} />
      <Select allowClear showSearch optionFilterProp="label" placeholder={t('audit.type')} aria-label={t('audit.type')} style={{ width: 260 }} data-testid="audit-filter-type"
        options={types.map((type) => ({ value: type, label: `${i18n.title(type)} · ${type}` }))} popupMatchSelectWidth={420} onChange={(v: string | undefined) => put({ type: v ?? '' })} />
      <Input.Search allowClear placeholder={t('audit.devicePlaceholder')} aria-label={t('audit.device')} style={{ width: 250 }} maxLength={32} value={device}
        status={deviceOk ? '' : 'error'} title={deviceOk ? '' : t('audit.deviceForm')} onChange={(e) => setDevice(e.target.value.trim())}
        onSearch={() => deviceOk && put({ device: device.toLowerCase() })} data-testid="audit-filter-device" />
      <Input.Search allowClear placeholder={t('audit.person')} aria-label={t('audit.person')} style={{ width: 170 }} maxLength={64}
        onSearch={(v) => put({ person: v.trim() })} data-testid="audit-filter-person" />
      <Select allowClear placeholder={t('audit.result')} aria-label={t('audit.result')} style={{ width: 130 }} data-testid="audit-filter-result"
        options={RESULTS.map((value) => ({ value, label: i18n.code('result', value) }))} onChange={(v: string | undefined) => put({ result: v ?? '' })} />
      <Select allowClear placeholder={t('audit.severityFrom')} aria-label={t('audit.severityFrom')} style={{ width: 150 }} data-testid="audit-filter-severity"
        options={SEVERITIES.map((value) => ({ value, label: t('audit.severityAbove', { severity: i18n.code('severity', value) }) }))} onChange={(v: string | undefined) => put({ severity: v ?? '' })} />
      <Select allowClear showSearch optionFilterProp="label" placeholder={t('audit.site')} aria-label={t('audit.site')} style={{ width: 200 }} data-testid="audit-filter-site"
        options={(sites.data?.items ?? []).map((site) => ({ value: site.id, label: site.name }))} onChange={(v: string | undefined) => put({ site: v ?? '' })} />
      {(['trace', 'case'] as const).map((name) => filter[name] && (
        <Tag key={name} closable onClose={() => put({ [name]: '' })} data-testid={`audit-filter-${name}`}>{t(`audit.${name}Of`, { id: `${filter[name].slice(0, 8)}…` })}</Tag>
      ))}
      {filter.trace && <Link to={`/audit/timeline/${filter.trace}`} data-testid="audit-filter-timeline">{t('timeline.show')}</Link>}
    </div>
  );
}
