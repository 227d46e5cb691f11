// Landing: what may not be kept anywhere by the operator's rules, and how often it was met; counts, never values.
import { Card, Table, Tag, Typography } from 'antd';
import { api } from '../../api/endpoints';
import type { Landing as Report, LandingHit } from '../../api/types';
import { ErrorView } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';

export function Landing() {
  const { t, code } = useI18n();
  const report = useResource(api.landing, []);
  const waiting = report.loading && !report.data;
  return (
    <>
      <ErrorView error={report.error} retry={report.reload} />
      <Card className="kw-block" title={t('vault.hits')}>
        <Typography.Paragraph type="secondary">{t('vault.hitsText')}</Typography.Paragraph>
        <Table<LandingHit> rowKey={(hit) => `${hit.place} ${hit.kind} ${hit.rule} ${hit.action}`} size="small" loading={waiting} dataSource={report.data?.hits ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }} locale={{ emptyText: t('vault.noHits') }}
          onRow={(hit) => ({ 'data-testid': `landing-hit-${hit.place}-${hit.kind}` }) as object}
          columns={[
            { title: t('vault.hitPlace'), key: 'place', render: (_, hit) => code('landingPlace', hit.place) },
            { title: t('vault.hitKind'), key: 'kind', render: (_, hit) => code('landingKind', hit.kind) },
            { title: t('vault.rule'), key: 'rule', render: (_, hit) => hit.rule || '—' },
            { title: t('vault.action'), key: 'action', render: (_, hit) => <Tag color={hit.action === 'refused' ? 'error' : 'default'}>{code('landingAction', hit.action)}</Tag> },
            { title: t('vault.hitCount'), dataIndex: 'count', align: 'right' },
          ]} />
      </Card>
      <Card title={t('vault.rules')}>
        <Typography.Paragraph type="secondary">{t('vault.rulesText')}</Typography.Paragraph>
        <Table<Report['rules'][number]> rowKey="name" size="small" loading={waiting} dataSource={report.data?.rules ?? []} scroll={{ x: 'max-content' }}
          pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }} locale={{ emptyText: t('vault.noRules') }}
          onRow={(rule) => ({ 'data-testid': `landing-rule-${rule.name}` }) as object}
          columns={[
            { title: t('vault.rule'), dataIndex: 'name' },
            { title: t('vault.action'), key: 'action', render: (_, rule) => code('landingAction', rule.action) },
          ]} />
      </Card>
    </>
  );
}
