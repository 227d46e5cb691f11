// Policy: the editor of the network part, and the revisions published so far with their roll-out.
import { Card, Skeleton, Tabs } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { NetworkTemplate } from '../../api/types';
import { ErrorView, PageTitle } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { mergePolicy } from '../../live/reducer';
import { Editor } from './Editor';
import { Revisions } from './Revisions';

export default function Policy() {
  const { t } = useI18n();
  const list = useResource(api.policies, []);
  const newest = list.data?.items[0]?.revision ?? 0;
  // What the newest revision holds, with its number: while that lags behind `newest`, nothing may be edited or published.
  const current = useResource(async (o) => ({ revision: newest, network: newest ? (await api.policy(newest, o)).network : undefined }), [newest]);
  const settled = !!list.data && current.data?.revision === newest;
  const [tab, setTab] = useState('edit');
  const [seed, setSeed] = useState<{ network: NetworkTemplate; turn: number }>();
  useLiveMessages((message) => {
    if (message.kind === 'policy') list.update((l) => ({ items: mergePolicy(l.items, message.policy) }));
  });
  const [shownOnce, setShownOnce] = useState(false);
  if (settled && !shownOnce) setShownOnce(true);
  return (
    <>
      <PageTitle>{t('policy.title')} <span style={{ fontSize: 14, fontWeight: 400, marginLeft: 8 }} data-testid="policy-revision" data-revision={newest}>
        {newest ? t('policy.current', { revision: newest }) : t('policy.noRevision')}</span></PageTitle>
      <ErrorView error={list.error ?? current.error} retry={() => { list.reload(); current.reload(); }} />
      {!shownOnce && !list.error && !current.error && <Card><Skeleton active /></Card>}
      {shownOnce && (
        <Tabs activeKey={tab} onChange={setTab} items={[
          { key: 'edit', label: <span data-testid="policy-tab-edit">{t('policy.tab.edit')}</span>, children: (
            <Editor key={seed?.turn ?? 0} newest={newest} settled={settled} current={current.data?.network} seed={seed?.network} published={list.reload} refresh={list.reload} />
          ) },
          { key: 'revisions', label: <span data-testid="policy-tab-revisions">{t('policy.revisions')}</span>, children: (
            <Revisions items={list.data?.items ?? []} current={current.data?.network} newest={newest}
              edit={(network) => { setSeed((s) => ({ network, turn: (s?.turn ?? 0) + 1 })); setTab('edit'); }} />
          ) },
        ]} />
      )}
    </>
  );
}
