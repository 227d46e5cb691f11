// TimelinePage shows one trace from the kiosk's screen to the database: what came when, what was waited for, what went wrong.
import { ArrowLeftOutlined, CloseCircleFilled } from '@ant-design/icons';
import { Button, Card, Descriptions, Skeleton, Tag, Typography } from 'antd';
import { Link, useParams } from 'react-router-dom';
import { api } from '../../api/endpoints';
import type { Timeline, TimelineItem } from '../../api/types';
import { ErrorView, Hash, PageTitle, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { barOf, durationText, whatOf } from './timelineBars';

export default function TimelinePage() {
  const { t } = useI18n();
  const { trace = '' } = useParams();
  const line = useResource((o) => api.timeline(trace, o), [trace]);
  return (
    <>
      <Link to="/audit"><ArrowLeftOutlined /> {t('timeline.back')}</Link>
      <div style={{ height: 8 }} />
      <PageTitle extra={<Button onClick={line.reload} data-testid="timeline-reload">{t('common.reload')}</Button>}>{t('timeline.title')}</PageTitle>
      <ErrorView error={line.error} retry={line.reload} />
      {!line.data && line.loading && <Skeleton active />}
      {line.data && <><Head line={line.data} /><Picture line={line.data} /></>}
    </>
  );
}

function Head({ line }: { line: Timeline }) {
  const { t, code } = useI18n();
  const state = !line.session ? '—' : line.ended ? t('timeline.ended') : line.reason ? t('timeline.refused') : t('timeline.open');
  return (
    <Card className="kw-block">
      <Descriptions column={{ xs: 1, md: 2, xl: 3 }} size="small" items={[
        { key: 'trace', label: t('audit.trace'), children: <Hash value={line.trace} /> },
        { key: 'session', label: t('timeline.session'), children: <Hash value={line.session} /> },
        { key: 'matter', label: t('timeline.matter'), children: line.matter || '—' },
        { key: 'device', label: t('audit.device'), children: line.device_name || '—' },
        { key: 'began', label: t('timeline.began'), children: <TimeText value={line.began} /> },
        { key: 'duration', label: t('timeline.duration'), children: durationText(line.duration_us) },
        { key: 'state', label: t('timeline.state'), children: <span data-testid="timeline-state">{state}{line.reason && ` · ${code('businessReason', line.reason)}`}</span> },
        { key: 'errors', label: t('timeline.errors'), children: <Tag color={line.errors > 0 ? 'error' : 'success'} data-testid="timeline-errors">{line.errors}</Tag> },
      ]} />
    </Card>
  );
}

function Picture({ line }: { line: Timeline }) {
  const { t } = useI18n();
  return (
    <Card>
      <Typography.Paragraph type="secondary">{t('timeline.legend')}</Typography.Paragraph>
      <div role="table" aria-label={t('timeline.title')} className="kw-timeline" data-testid="timeline">
        <div role="row" className="kw-timeline-head">
          {(['what', 'when', 'took', 'waited'] as const).map((name) => <span role="columnheader" key={name}>{t(`timeline.${name}`)}</span>)}
        </div>
        {line.items.map((item) => <Row key={item.entry} item={item} line={line} />)}
      </div>
    </Card>
  );
}

function Row({ item, line }: { item: TimelineItem; line: Timeline }) {
  const i18n = useI18n();
  const { t, code } = i18n;
  const bar = barOf(item, line);
  const critical = item.critical_us > 0;
  const words = i18n.text(item.type, item.params);
  const wrong = item.params.reason ? code('businessReason', item.params.reason) : item.params.status ?? code('result', item.result);
  return (
    <div role="row" className="kw-timeline-row" data-testid={`timeline-${item.entry}`} data-kind={item.kind} data-critical={critical} data-error={item.error} title={words}>
      <span role="cell" style={{ paddingInlineStart: item.depth * 18 }} className="kw-timeline-what">
        <Tag>{code('timelineKind', item.kind)}</Tag> {item.kind === 'step' ? code('businessStep', whatOf(item)) : whatOf(item) || i18n.title(item.type)}
        {item.error && <span className="kw-different"> <CloseCircleFilled /> {wrong}</span>}
      </span>
      <span role="cell" className="kw-timeline-line">
        <span className={bar.width > 0 ? 'kw-timeline-bar' : 'kw-timeline-mark'} style={{ left: `${bar.left}%`, width: bar.width > 0 ? `${bar.width}%` : undefined }} />
      </span>
      <span role="cell" className="kw-timeline-number">{item.duration_us > 0 ? durationText(item.duration_us) : '—'}{item.moved && <sup title={t('timeline.moved')}>*</sup>}</span>
      <span role="cell" className="kw-timeline-number">{critical ? durationText(item.critical_us) : '—'}</span>
    </div>
  );
}
