// Policy: the editor of both parts, and the revisions published so far with their roll-out.
import { Alert, Card, Skeleton, Tabs } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import { ErrorView, PageTitle } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { mergePolicy } from '../../live/reducer';
import { Editor } from './Editor';
import { partsOf, type PolicyParts } from './parts';
import { Revisions } from './Revisions';

export default function Policy() {
  const { t } = useI18n();
  const list = useResource(api.policies, []);
  const forms = useResource(api.sections, []);
  const newest = list.data?.items.find((p) => p.state === 'published')?.revision ?? 0;
  const waits = list.data?.items.some((p) => p.state === 'waiting');
  // What the newest revision holds, with its number: while that lags behind `newest`, nothing may be edited or published.
  const current = useResource(async (o) => ({ revision: newest, parts: newest ? partsOf(await api.policy(newest, o)) : undefined }), [newest]);
  const settled = !!list.data && !!forms.data && current.data?.revision === newest;
  const [tab, setTab] = useState('edit');
  const [seed, setSeed] = useState<{ parts: PolicyParts; turn: number }>();
  useLiveMessages((message) => {
    if (message.kind === 'policy') list.update((l) => ({ items: mergePolicy(l.items, message.policy) }));
  });
  const [shownOnce, setShownOnce] = useState(false);
  if (settled && !shownOnce) setShownOnce(true);
  return (
    <>
      <PageTitle>{t('policy.title')} <span style={{ fontSize: 14, fontWeight: 400, marginLeft: 8 }} data-testid="policy-revision" data-revision={newest}>
        {newest ? t('policy.current', { revision: newest }) : t('policy.noRevision')}</span></PageTitle>
      <ErrorView error={list.error ?? current.error ?? forms.error} retry={() => { list.reload(); current.reload(); forms.reload(); }} />
      {waits && <Alert type="info" showIcon className="kw-block" data-testid="policy-waits" message={t('policy.waits', { revision: list.data?.items.find((p) => p.state === 'waiting')?.revision ?? 0 })} />}
      {!shownOnce && !list.error && !current.error && !forms.error && <Card><Skeleton active /></Card>}
      {shownOnce && forms.data && (
        <Tabs activeKey={tab} onChange={setTab} items={[
          { key: 'edit', label: <span data-testid="policy-tab-edit">{t('policy.tab.edit')}</span>, children: (
            <Editor key={seed?.turn ?? 0} newest={newest} settled={settled} forms={forms.data} current={current.data?.parts} seed={seed?.parts} published={list.reload} refresh={list.reload} />
          ) },
          { key: 'revisions', label: <span data-testid="policy-tab-revisions">{t('policy.revisions')}</span>, children: (
            <Revisions items={list.data?.items ?? []} forms={forms.data} current={current.data?.parts} newest={newest}
              edit={(parts) => { setSeed((s) => ({ parts, turn: (s?.turn ?? 0) + 1 })); setTab('edit'); }} />
          ) },
        ]} />
      )}
    </>
  );
}
