// Small pieces that every page uses: times, tags that never speak by colour alone, hashes, errors.
import {
  AlertOutlined, CheckCircleOutlined, CloseCircleOutlined, DisconnectOutlined, ExclamationCircleOutlined, EyeOutlined,
  InfoCircleOutlined, StopOutlined, WarningOutlined,
} from '@ant-design/icons';
import { Alert, Button, Tag, Typography } from 'antd';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';
import type { DeviceLive, Severity } from '../api/types';
import { useI18n } from '../i18n/language';
import { localTime, utcTime } from './time';

/// TimeText shows an RFC 3339 time in the local zone, with UTC as its tooltip; an empty one as "never".
export function TimeText({ value }: { value: string }) {
  const { t } = useI18n();
  const local = localTime(value);
  if (!local) return <span>{t('common.never')}</span>;
  return <time dateTime={value} title={t('common.utc', { time: utcTime(value) })} style={{ whiteSpace: 'nowrap' }}>{local}</time>;
}

const LIVE: Record<DeviceLive, { color: string; icon: ReactNode }> = {
  online: { color: 'success', icon: <CheckCircleOutlined /> },
  offline: { color: 'default', icon: <DisconnectOutlined /> },
  cut: { color: 'error', icon: <StopOutlined /> },
  disabled: { color: 'default', icon: <CloseCircleOutlined /> },
  degraded: { color: 'warning', icon: <WarningOutlined /> },
  watching: { color: 'processing', icon: <EyeOutlined /> },
};
export function LiveTag({ live, testId }: { live: DeviceLive; testId?: string }) {
  const { code } = useI18n();
  const shown = LIVE[live] ?? { color: 'default', icon: null };
  return <Tag color={shown.color} icon={shown.icon} data-testid={testId} data-state={live}>{code('live', live)}</Tag>;
}

const SEVERITY: Record<Severity, { color: string; icon: ReactNode }> = {
  info: { color: 'default', icon: <InfoCircleOutlined /> },
  notice: { color: 'blue', icon: <InfoCircleOutlined /> },
  warning: { color: 'gold', icon: <WarningOutlined /> },
  serious: { color: 'orange', icon: <ExclamationCircleOutlined /> },
  critical: { color: 'red', icon: <AlertOutlined /> },
};
export function SeverityTag({ severity }: { severity: Severity }) {
  const { code } = useI18n();
  const shown = SEVERITY[severity] ?? SEVERITY.info;
  return <Tag color={shown.color} icon={shown.icon} data-severity={severity}>{code('severity', severity)}</Tag>;
}

/// Hash shows a long hex value, shortened or whole, and copies the whole of it.
export function Hash({ value, whole = false }: { value: string; whole?: boolean }) {
  if (!value) return <span>—</span>;
  const shown = whole || value.length <= 20 ? value : `${value.slice(0, 12)}…${value.slice(-6)}`;
  return <Typography.Text code copyable={{ text: value }} title={value} style={{ wordBreak: 'break-all' }}>{shown}</Typography.Text>;
}

export function ErrorView({ error, retry }: { error: ApiError | undefined; retry?: () => void }) {
  const i18n = useI18n();
  if (!error) return null;
  return (
    <Alert type="error" showIcon role="alert" data-testid="error-view" data-code={error.code} style={{ marginBottom: 16 }}
      message={i18n.error(error)}
      description={<ErrorDetail error={error} />}
      action={retry && <Button size="small" onClick={retry}>{i18n.t('common.retry')}</Button>} />
  );
}

export function ErrorDetail({ error }: { error: ApiError }) {
  const { t } = useI18n();
  if (!error.detail && !error.trace) return null;
  return (
    <Typography.Text type="secondary" style={{ fontSize: 12, overflowWrap: 'anywhere' }}>
      {error.detail} {error.trace && t('error.trace', { trace: error.trace })}
    </Typography.Text>
  );
}

export function PageTitle({ children, extra }: { children: ReactNode; extra?: ReactNode }) {
  return (
    <div className="kw-title">
      <Typography.Title level={1}>{children}</Typography.Title>
      <div className="kw-title-extra">{extra}</div>
    </div>
  );
}
