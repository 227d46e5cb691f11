// Witnesses: who vouches for the ledger, how far, and who refuses it.
import { CheckCircleOutlined, CloseCircleOutlined, MinusCircleOutlined } from '@ant-design/icons';
import { Alert, Card, Descriptions, Table, Tag } from 'antd';
import { Link } from 'react-router-dom';
import { api } from '../api/endpoints';
import type { Witness, WitnessReport } from '../api/types';
import { ErrorView, Hash, TimeText } from '../components/basics';
import { useResource } from '../components/resource';
import { useI18n } from '../i18n/language';
import type { Key } from '../i18n/translate';
import { useLiveMessages } from '../live/live';

const QUORUM = {
  met: { color: 'success', icon: <CheckCircleOutlined /> },
  below: { color: 'error', icon: <CloseCircleOutlined /> },
  none: { color: 'default', icon: <MinusCircleOutlined /> },
} as const;

export function Witnesses() {
  const { t } = useI18n();
  const report = useResource(api.witnesses, []);
  useLiveMessages((message) => {
    if (message.kind === 'alarm') report.reloadSoon();
  });
  return (
    <Card className="kw-block" title={t('witness.title')} extra={report.data && <QuorumTag quorum={report.data.quorum} />} data-testid="witnesses">
      <ErrorView error={report.error} retry={report.reload} />
      {report.data && <Shown report={report.data} />}
    </Card>
  );
}

function QuorumTag({ quorum }: { quorum: WitnessReport['quorum'] }) {
  const { t } = useI18n();
  return <Tag {...QUORUM[quorum]} data-testid="witness-quorum" data-state={quorum}>{t(`witness.quorum.${quorum}` as Key)}</Tag>;
}

function Shown({ report }: { report: WitnessReport }) {
  const i18n = useI18n();
  const { t } = i18n;
  const refusing = report.items.filter((one) => one.refuses);
  return (
    <>
      {refusing.length > 0 && (
        <Alert type="error" showIcon role="alert" className="kw-block" data-testid="witness-refused" message={t('witness.refused', { count: refusing.length })}
          description={t('witness.refusedText')} />
      )}
      <Descriptions className="kw-block" column={{ xs: 1, sm: 1, md: 2, lg: 2, xl: 2, xxl: 2 }} items={[
        { key: 'size', label: t('witness.size'), children: <b data-testid="witness-size">{report.witnessed?.size ?? 0}</b> },
        { key: 'time', label: t('home.ledger.time'), children: <TimeText value={report.witnessed?.time ?? ''} /> },
        { key: 'needed', label: t('witness.needed'), children: t('witness.neededText', { needed: report.needed, signed: report.by.length }) },
        { key: 'root', label: t('home.ledger.root'), children: <Hash value={report.witnessed?.root ?? ''} /> },
      ]} />
      <Table<Witness> rowKey="witness" size="small" dataSource={report.items} pagination={{ pageSize: 5, hideOnSinglePage: true }} scroll={{ x: 'max-content' }}
        locale={{ emptyText: t('witness.empty') }} onRow={(one) => ({ 'data-testid': `witness-row-${one.witness}` }) as object}
        columns={[
          { title: t('witness.who'), key: 'who', render: (_, one) => (one.kind === 'named' ? one.name : <Link to={`/devices/${one.witness}`}>{one.name}</Link>) },
          { title: t('witness.kind'), key: 'kind', render: (_, one) => t(`witness.kind.${one.kind}` as Key) },
          { title: t('witness.site'), key: 'site', render: (_, one) => one.site || '—' },
          { title: t('witness.signed'), key: 'size', align: 'right', render: (_, one) => one.size || '—' },
          { title: t('witness.signedAt'), key: 'time', render: (_, one) => <TimeText value={one.signed_at} /> },
          { title: t('witness.state'), key: 'state', render: (_, one) => (one.refuses
            ? <Tag color="error" icon={<CloseCircleOutlined />}>{i18n.code('witness.refuses', one.refuses)}</Tag>
            : <Tag color={one.size ? 'success' : 'default'} icon={one.size ? <CheckCircleOutlined /> : <MinusCircleOutlined />}>{t(one.size ? 'witness.agrees' : 'witness.silent')}</Tag>) },
        ]} />
    </>
  );
}
