// Revisions: what was published, how far it has come, and how it differs from the current one.
import { Button, Card, Drawer, Progress, Skeleton, Space, Table, Tag } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { PolicyInfo, SectionForms } from '../../api/types';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { diffPolicies } from '../../policy/diff';
import { diffSections } from '../../policy/sections.diff';
import type { PolicyParts } from './parts';
import { Changes } from './Changes';

interface Props {
  items: PolicyInfo[];
  forms: SectionForms;
  current: PolicyParts | undefined;
  newest: number;
  edit: (parts: PolicyParts) => void;
}

export function Revisions({ items, forms, current, newest, edit }: Props) {
  const { t } = useI18n();
  const [shown, setShown] = useState<number>();
  return (
    <Card>
      <Table<PolicyInfo> rowKey="revision" size="middle" dataSource={items} locale={{ emptyText: t('policy.noRevision') }} scroll={{ x: 'max-content' }}
        pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }}
        onRow={(p) => ({ 'data-testid': `policy-row-${p.revision}` }) as object}
        columns={[
          { title: t('policy.revision'), dataIndex: 'revision' },
          { title: t('policy.publishedAt'), key: 'published', render: (_, p) => <TimeText value={p.published} /> },
          { title: t('policy.publisher'), dataIndex: 'publisher' },
          { title: t('policy.note'), dataIndex: 'note', render: (v: string) => <span style={{ display: 'inline-block', maxWidth: 260, overflowWrap: 'anywhere' }}>{v}</span> },
          { title: t('policy.digest'), key: 'digest', render: (_, p) => <Hash value={p.digest} /> },
          { title: t('policy.rollout'), key: 'rollout', render: (_, p) => (
            <div style={{ width: 170 }} data-testid={`policy-rollout-${p.revision}`}>
              {p.state !== 'published' && <Tag color={p.state === 'waiting' ? 'warning' : 'default'} data-testid={`policy-state-${p.revision}`}>{t(p.state === 'waiting' ? 'policy.waiting' : 'policy.withdrawn')}</Tag>}
              <Progress percent={p.devices ? Math.floor((p.applied / p.devices) * 100) : 0} size="small" showInfo={false} aria-hidden />
              <span style={{ fontSize: 12 }}>{t('policy.rolloutText', { applied: p.applied, devices: p.devices })}</span>
            </div>
          ) },
          { title: t('common.actions'), key: 'actions', render: (_, p) => (
            <Button size="small" onClick={() => setShown(p.revision)} data-testid={`policy-diff-${p.revision}`}>{t(p.revision === newest ? 'common.details' : 'policy.diff')}</Button>
          ) },
        ]} />
      <Drawer open={shown !== undefined} onClose={() => setShown(undefined)} width={620} destroyOnHidden
        title={shown === undefined ? '' : shown === newest ? `${t('policy.revision')} ${shown}` : t('policy.diffTitle', { from: shown, to: newest })}>
        {shown !== undefined && <Compared revision={shown} forms={forms} current={current} edit={(parts) => { setShown(undefined); edit(parts); }} />}
      </Drawer>
    </Card>
  );
}

function Compared({ revision, forms, current, edit }: { revision: number } & Pick<Props, 'forms' | 'current' | 'edit'>) {
  const { t } = useI18n();
  const detail = useResource((o) => api.policy(revision, o), [revision]);
  if (detail.error) return <ErrorView error={detail.error} retry={detail.reload} />;
  if (!detail.data) return <Skeleton active />;
  const { network, defence } = detail.data;
  return (
    <Space direction="vertical" size="middle" style={{ width: '100%' }}>
      {current && <Changes changes={diffPolicies(network, current.network)} sections={diffSections(forms, defence, current.defence)} />}
      <pre className="kw-code" tabIndex={0}>{JSON.stringify({ network, defence }, null, 2)}</pre>
      <Button onClick={() => edit({ network, defence })} data-testid="policy-edit-from">{t('policy.edit')}</Button>
    </Space>
  );
}
