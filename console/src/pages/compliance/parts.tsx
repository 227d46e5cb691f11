// What the compliance page's cards share: statuses that never speak by colour alone, counts, spans, the score's line.
import { CheckCircleOutlined, CheckSquareOutlined, CloseCircleOutlined, ExclamationCircleOutlined, MinusCircleOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { Space, Tag, Tooltip } from 'antd';
import type { ReactNode } from 'react';
import type { ComplianceCounts, ComplianceScore, ComplianceStatus } from '../../api/types';
import { useI18n } from '../../i18n/language';
import { line, percent, shown, span } from './words';

const LOOKS: Record<ComplianceStatus, { color: string; icon: ReactNode }> = {
  met_measured: { color: 'success', icon: <CheckCircleOutlined /> },
  met_attested: { color: 'cyan', icon: <CheckSquareOutlined /> },
  partly: { color: 'gold', icon: <ExclamationCircleOutlined /> },
  not_met: { color: 'error', icon: <CloseCircleOutlined /> },
  not_applicable: { color: 'default', icon: <MinusCircleOutlined /> },
  unknown: { color: 'default', icon: <QuestionCircleOutlined /> },
};

export function StatusTag({ status, count, testId }: { status: ComplianceStatus; count?: number; testId?: string }) {
  const { code } = useI18n();
  const looks = LOOKS[status];
  return (
    <Tag color={looks.color} icon={looks.icon} data-testid={testId} data-status={status}>
      {code('complianceStatus', status)}{count !== undefined && ` ${count}`}
    </Tag>
  );
}

export function Counts({ counts }: { counts: ComplianceCounts }) {
  return <Space wrap size={[0, 4]}>{shown(counts).map(({ status, count }) => <StatusTag key={status} status={status} count={count} />)}</Space>;
}

export function Span({ seconds }: { seconds: number }) {
  const { t } = useI18n();
  const { key, count } = span(seconds);
  return <>{t(key, { count })}</>;
}

const WIDTH = 600;
const HEIGHT = 96;

/// Trend is a line of daily scores, 0 % to 100 %; each day is told when it is pointed at, and the newest in words.
export function Trend({ trend }: { trend: { day: string; score: ComplianceScore }[] }) {
  const { t } = useI18n();
  const points = line(trend, WIDTH, HEIGHT);
  const newest = points[points.length - 1];
  if (!newest) return <span>—</span>;
  return (
    <>
      <svg viewBox={`-8 -8 ${WIDTH + 16} ${HEIGHT + 16}`} className="kw-trend" role="img" aria-label={t('compliance.trend')} data-testid="compliance-trend" data-days={points.length}>
        {[0, 0.5, 1].map((at) => <line key={at} x1={0} x2={WIDTH} y1={HEIGHT * at} y2={HEIGHT * at} className="kw-trend-grid" />)}
        <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} className="kw-trend-line" />
        {points.map((one) => (
          <Tooltip key={one.day} title={t('compliance.trendOne', { day: one.day, score: percent(one.score) })}>
            <circle cx={one.x} cy={one.y} r={points.length > 30 ? 3 : 4} className="kw-trend-point" />
          </Tooltip>
        ))}
      </svg>
      <div className="kw-trend-ends">
        <span>{points[0]!.day}</span>
        <span>{points.length > 1 ? t('compliance.trendOne', { day: newest.day, score: percent(newest.score) }) : t('compliance.trendNone')}</span>
      </div>
    </>
  );
}
