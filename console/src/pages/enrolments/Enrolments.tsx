// Enrolments: what asks to join, what was decided, and the one-time tokens.
import { Badge, Button, Card, Table, Tabs, Tag } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Enrolment } from '../../api/types';
import { ErrorView, PageTitle, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { mergeEnrolment } from '../../live/reducer';
import { EnrolmentDrawer } from './EnrolmentDrawer';
import { Tokens } from './Tokens';

const COLOR: Record<Enrolment['state'], string> = { pending: 'processing', approved: 'success', rejected: 'default' };

export default function Enrolments() {
  const { t } = useI18n();
  const list = useResource(api.enrolments, []);
  const sites = useResource(api.sites, []);
  const [openId, setOpenId] = useState<string>();
  useLiveMessages((message) => {
    if (message.kind === 'enrolment') list.update((l) => ({ items: mergeEnrolment(l.items, message.enrolment) }));
  });
  const items = list.data?.items ?? [];
  const pending = items.filter((e) => e.state === 'pending');
  const done = items.filter((e) => e.state !== 'pending');
  const siteName = (id: string) => sites.data?.items.find((s) => s.id === id)?.name ?? '—';
  const table = (rows: Enrolment[], empty: string) => (
    <Table<Enrolment> rowKey="id" size="middle" loading={list.loading && !list.data} dataSource={rows} scroll={{ x: 'max-content' }}
      pagination={{ hideOnSinglePage: true, pageSize: 50, showSizeChanger: false }} locale={{ emptyText: empty }}
      onRow={(e) => ({ 'data-testid': `enrolment-row-${e.id}`, className: 'kw-row', onClick: () => setOpenId(e.id) }) as object}
      columns={[
        { title: t('enrolments.requested'), key: 'time', render: (_, e) => <TimeText value={e.requested} /> },
        { title: t('enrolments.hostname'), dataIndex: 'hostname' },
        { title: t('devices.site'), key: 'site', render: (_, e) => siteName(e.site) },
        { title: t('enrolments.reported'), dataIndex: 'address' },
        { title: t('devices.mac'), dataIndex: 'mac' },
        { title: t('enrolments.peer'), dataIndex: 'peer' },
        { title: t('enrolments.state'), key: 'state', render: (_, e) => <Tag color={COLOR[e.state]}>{t(`enrolments.state.${e.state}`)}</Tag> },
        { title: t('common.actions'), key: 'open', render: (_, e) => (
          <Button size="small" type={e.state === 'pending' ? 'primary' : 'default'} data-testid={`enrolment-open-${e.id}`}
            onClick={(event) => { event.stopPropagation(); setOpenId(e.id); }}>
            {t(e.state === 'pending' ? 'enrolments.open' : 'common.details')}
          </Button>
        ) },
      ]} />
  );
  const shown = items.find((e) => e.id === openId);
  return (
    <>
      <PageTitle extra={<Link to="/sites">{t('menu.sites')}</Link>}>{t('menu.enrolments')}</PageTitle>
      <ErrorView error={list.error ?? sites.error} retry={() => { list.reload(); sites.reload(); }} />
      <Card>
        <Tabs items={[
          { key: 'pending', label: <span data-testid="enrolments-tab-pending">{t('enrolments.tab.pending')} <Badge count={pending.length} /></span>, children: table(pending, t('enrolments.empty')) },
          { key: 'done', label: <span data-testid="enrolments-tab-done">{t('enrolments.tab.done')}</span>, children: table(done, t('common.empty')) },
          { key: 'tokens', label: <span data-testid="enrolments-tab-tokens">{t('enrolments.tab.tokens')}</span>, children: <Tokens sites={sites} /> },
        ]} />
      </Card>
      <EnrolmentDrawer enrolment={shown} sites={sites.data?.items ?? []} siteName={siteName} close={() => setOpenId(undefined)}
        decided={(e) => { list.update((l) => ({ items: mergeEnrolment(l.items, e) })); setOpenId(undefined); }} />
    </>
  );
}
