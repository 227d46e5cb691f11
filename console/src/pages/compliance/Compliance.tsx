// Compliance: how each requirement of the standard stands, by what it is judged, and what would mend it.
import { Alert, Button, Select, Skeleton, Tabs, Typography } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { ComplianceStatus } from '../../api/types';
import { ErrorView, PageTitle } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { CITY } from '../../session/roles';
import { useSession } from '../../session/session';
import { Changes } from './Changes';
import { Overview } from './Overview';
import { Records } from './Records';
import { RequirementDrawer } from './RequirementDrawer';
import { Requirements } from './Requirements';

export default function Compliance() {
  const { t } = useI18n();
  const [params, setParams] = useSearchParams();
  const subject = params.get('subject') ?? '';
  const [shown, setShown] = useState('');
  const [tab, setTab] = useState('overview');
  const [status, setStatus] = useState<ComplianceStatus>();
  const [turn, setTurn] = useState(0);
  const sum = useResource((o) => api.compliance({ ...o, query: { subject } }), [subject, turn]);
  useLiveMessages((message) => { if (message.kind === 'compliance') sum.reloadSoon(); });
  const choose = (next: string) => setParams(next ? { subject: next } : {}, { replace: true });
  const again = () => setTurn((n) => n + 1);
  const { data } = sum;
  // What the sum depends on has changed when it has: the lists below read themselves again.
  const epoch = `${turn} ${JSON.stringify(data?.score ?? null)}`;
  const list = (wanted?: ComplianceStatus) => { setStatus(wanted); setTab('requirements'); };
  return (
    <>
      <PageTitle extra={<><SubjectSelect value={subject} choose={choose} /><Button onClick={again} data-testid="compliance-reload">{t('common.reload')}</Button></>}>{t('menu.compliance')}</PageTitle>
      <ErrorView error={sum.error} retry={again} />
      {!data && sum.loading && <Skeleton active />}
      {data && !data.available && <Unavailable />}
      {data?.available && (
        <>
          <Typography.Paragraph type="secondary">{t('compliance.about')}</Typography.Paragraph>
          <Tabs activeKey={tab} onChange={setTab} destroyOnHidden items={[
            { key: 'overview', label: <span data-testid="compliance-tab-overview">{t('compliance.tab.overview')}</span>, children: <Overview sum={data} subject={subject} epoch={epoch} open={setShown} choose={choose} list={list} /> },
            { key: 'requirements', label: <span data-testid="compliance-tab-requirements">{t('compliance.tab.requirements')}</span>, children: <Requirements subject={subject} epoch={epoch} open={setShown} status={status} setStatus={setStatus} /> },
            { key: 'records', label: <span data-testid="compliance-tab-records">{t('compliance.tab.records')}</span>, children: <Records subject={subject} epoch={epoch} changed={again} /> },
            { key: 'changes', label: <span data-testid="compliance-tab-changes">{t('compliance.tab.changes')}</span>, children: <Changes subject={subject} epoch={epoch} open={setShown} /> },
          ]} />
          <RequirementDrawer id={shown} subject={subject} epoch={epoch} close={() => setShown('')} changed={again} />
        </>
      )}
    </>
  );
}

/// SubjectSelect chooses whose requirements are shown: everything, the platform, a region, a site or a kiosk.
function SubjectSelect({ value, choose }: { value: string; choose: (subject: string) => void }) {
  const { t } = useI18n();
  const session = useSession();
  const regions = useResource(api.regions, []);
  const subjects = useResource((o) => api.complianceSubjects({ ...o, query: { limit: 500 } }), []);
  const of = (kind: string) => (subjects.data?.items ?? []).filter((one) => one.subject.startsWith(`${kind}:`))
    .map((one) => ({ value: one.subject, label: one.site_name ? `${one.name} · ${one.site_name}` : one.name }));
  const places = (regions.data?.items ?? []).filter((one) => one.id !== CITY).map((one) => ({ value: `region:${one.id}`, label: one.name }));
  return (
    <Select style={{ width: 300 }} showSearch optionFilterProp="label" value={value} onChange={choose} data-testid="compliance-subject" aria-label={t('compliance.subject')}
      options={[
        { value: '', label: t('compliance.all') },
        ...(session.regions.includes(CITY) ? [{ value: 'platform', label: t('compliance.platform') }] : []),
        ...(places.length > 0 ? [{ label: t('compliance.group.region'), options: places }] : []),
        { label: t('compliance.group.site'), options: of('site') },
        { label: t('compliance.group.device'), options: of('device') },
      ]} />
  );
}

function Unavailable() {
  const { t } = useI18n();
  return (
    <Alert type="info" showIcon data-testid="compliance-unavailable" message={t('compliance.none')} description={(
      <>
        <p>{t('compliance.noneText')}</p>
        <pre className="kw-code kw-wrap">{'[compliance]\ncatalogue = "/usr/share/kioskward/catalogue/compliance"'}</pre>
      </>
    )} />
  );
}
