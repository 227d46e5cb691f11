// Changes words the difference between two policies, both parts; a sign stands beside every colour.
import { Typography } from 'antd';
import type { ReactNode } from 'react';
import { useI18n } from '../../i18n/language';
import { ruleText, type PolicyChange } from '../../policy/diff';
import { briefOf } from '../../policy/sections';
import type { SectionChange } from '../../policy/sections.diff';
import { useSectionWords } from '../../components/sectionWords';

export function Changes({ changes, sections }: { changes: PolicyChange[]; sections: SectionChange[] }) {
  const i18n = useI18n();
  const { t } = i18n;
  if (!changes.length && !sections.length) return <Typography.Text type="secondary" data-testid="policy-no-changes">{t('policy.noChanges')}</Typography.Text>;
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
        return <li key={i} className="kw-change"><b className={className} aria-hidden>{sign}</b><span>{body}</span></li>;
      })}
      {sections.map((change, i) => <SectionLine key={`s${i}`} change={change} />)}
    </ul>
  );
}

function SectionLine({ change }: { change: SectionChange }) {
  const { t } = useI18n();
  const words = useSectionWords(change.section);
  const path = change.path.split('.');
  const where = <>{words.title} · {path.map((_, i) => words.field(path.slice(0, i + 1))).join(' · ')}</>;
  const shown = (value: unknown) => (typeof value === 'boolean' ? t(value ? 'policy.on' : 'policy.off') : value === undefined || value === '' ? t('common.none')
    : typeof value === 'string' ? words.word(path, value) : briefOf(value));
  const [sign, className] = change.kind === 'added' ? ['+', 'kw-same'] : change.kind === 'removed' ? ['−', 'kw-different'] : ['~', undefined];
  return (
    <li className="kw-change" data-section={change.section}>
      <b className={className} aria-hidden>{sign}</b>
      {change.kind === 'field'
        ? <span>{where}: {shown(change.from)} → <b>{shown(change.to)}</b></span>
        : <span>{t(`policy.change.${change.kind}`)} · {where}: <code>{change.element}</code></span>}
    </li>
  );
}
