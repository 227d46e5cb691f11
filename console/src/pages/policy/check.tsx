// useCheck has one part of a policy checked by the server half a second after the last change.
import { CheckCircleOutlined, CloseCircleOutlined, LoadingOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { Tag } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import type { ApiError, Options } from '../../api/client';
import type { PolicyCheck } from '../../api/types';
import { asApiError } from '../../components/resource';
import { useI18n } from '../../i18n/language';

export interface Checked {
  /// The answer for exactly this part; nothing while it is not known.
  check: PolicyCheck | undefined;
  busy: boolean;
  error: ApiError | undefined;
}

/// `ask` is one and the same function at each call.
export function useCheck<T>(part: T, wanted: boolean, ask: (part: T, o: Options) => Promise<PolicyCheck>): Checked {
  const [state, setState] = useState<{ of: T; check?: PolicyCheck; error?: ApiError }>();
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask(part, { signal: abort.signal }).then(
        (check) => setState({ of: part, check }),
        (reason: unknown) => {
          if (!abort.signal.aborted) setState({ of: part, error: asApiError(reason) });
        },
      );
    }, 500);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [part, wanted, ask]);
  const known = wanted && state?.of === part ? state : undefined;
  return { check: known?.check, error: known?.error, busy: wanted && !known };
}

/// both is the verdict on two parts: good when each is.
export function both(a: Checked, b: Checked): Checked {
  const check = a.check && b.check
    ? { ok: a.check.ok && b.check.ok, problems: [...a.check.problems, ...b.check.problems], compiled: a.check.compiled }
    : undefined;
  return { check, error: a.error ?? b.error, busy: a.busy || b.busy };
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
  return tag('problems', 'error', <CloseCircleOutlined />, t('policy.check.problems', { count: checked.check.problems.filter((p) => !p.warning).length }));
}
