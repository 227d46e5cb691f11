// useCheck has a template checked by the server half a second after the last change.
import { CheckCircleOutlined, CloseCircleOutlined, LoadingOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { Tag } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { NetworkTemplate, PolicyCheck } from '../../api/types';
import { asApiError } from '../../components/resource';
import { useI18n } from '../../i18n/language';

export interface Checked {
  /// The answer for exactly this template; nothing while it is not known.
  check: PolicyCheck | undefined;
  busy: boolean;
  error: ApiError | undefined;
}

export function useCheck(template: NetworkTemplate, wanted: boolean): Checked {
  const [state, setState] = useState<{ of: NetworkTemplate; check?: PolicyCheck; error?: ApiError }>();
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.checkPolicy(template, { signal: abort.signal }).then(
        (check) => setState({ of: template, check }),
        (reason: unknown) => {
          if (!abort.signal.aborted) setState({ of: template, error: asApiError(reason) });
        },
      );
    }, 500);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [template, wanted]);
  const known = wanted && state?.of === template ? state : undefined;
  return { check: known?.check, error: known?.error, busy: wanted && !known };
}

export function CheckState({ checked, local }: { checked: Checked; local: number }) {
  const i18n = useI18n();
  const { t } = i18n;
  const tag = (state: string, color: string, icon: ReactNode, text: string) => (
    <Tag color={color} icon={icon} role="status" data-testid="policy-check" data-state={state} style={{ whiteSpace: 'normal' }}>{text}</Tag>
  );
  if (local) return tag('problems', 'error', <CloseCircleOutlined />, t('policy.check.problems', { count: local }));
  if (checked.error) return tag('failed', 'warning', <QuestionCircleOutlined />, `${t('policy.check.failed')}: ${i18n.error(checked.error)}`);
  if (!checked.check) return tag('busy', 'processing', <LoadingOutlined />, t('policy.check.busy'));
  if (checked.check.ok) return tag('ok', 'success', <CheckCircleOutlined />, t('policy.check.ok'));
  return tag('problems', 'error', <CloseCircleOutlined />, t('policy.check.problems', { count: checked.check.problems.length }));
}
