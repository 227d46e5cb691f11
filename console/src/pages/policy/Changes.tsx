// Changes words the difference between two policies; a sign stands beside every colour.
import { Typography } from 'antd';
import type { ReactNode } from 'react';
import { useI18n } from '../../i18n/language';
import { ruleText, type PolicyChange } from '../../policy/diff';

export function Changes({ changes }: { changes: PolicyChange[] }) {
  const i18n = useI18n();
  const { t } = i18n;
  if (!changes.length) return <Typography.Text type="secondary" data-testid="policy-no-changes">{t('policy.noChanges')}</Typography.Text>;
  const rule = (r: { name: string } & Parameters<typeof ruleText>[0]) => <>{r.name} <code>{ruleText(r)}</code></>;
  const line = (change: PolicyChange): { sign: string; className?: string; body: ReactNode } => {
    switch (change.kind) {
      case 'mode': return { sign: '~', body: <>{t('policy.mode')}: {i18n.code('policy.mode', change.from)} → <b>{i18n.code('policy.mode', change.to)}</b></> };
      case 'cut': return { sign: '~', body: <>{t(`policy.cut.${change.name}`)}: {t(change.from ? 'policy.on' : 'policy.off')} → <b>{t(change.to ? 'policy.on' : 'policy.off')}</b></> };
      case 'added': return { sign: '+', className: 'kw-same', body: <>{t('policy.change.added')} · {t(`policy.list.${change.list}`)}: {rule(change.rule)}</> };
      case 'removed': return { sign: '−', className: 'kw-different', body: <>{t('policy.change.removed')} · {t(`policy.list.${change.list}`)}: {rule(change.rule)}</> };
      case 'changed': return { sign: '~', body: <>{t('policy.change.changed')} · {t(`policy.list.${change.list}`)}: {change.to.name} <code>{ruleText(change.from)}</code> → <code>{ruleText(change.to)}</code></> };
    }
  };
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }} data-testid="policy-changes">
      {changes.map((change, i) => {
        const { sign, className, body } = line(change);
        return <li key={i} style={{ display: 'flex', gap: 8, padding: '2px 0', overflowWrap: 'anywhere' }}><b className={className} aria-hidden>{sign}</b><span>{body}</span></li>;
      })}
    </ul>
  );
}
