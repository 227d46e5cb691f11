// Problems stand under the field that they are about; a warning looks different and keeps nothing from being published.
import type { PolicyProblem } from '../../api/types';
import { useI18n } from '../../i18n/language';

/// `section` words problems of its own first. A code without a sentence is shown with the server's own detail.
export function Problems({ items, section, place = false }: { items: PolicyProblem[]; section?: string; place?: boolean }) {
  const { t, code } = useI18n();
  const word = (p: PolicyProblem) => {
    const own = section ? code(`section.${section}.problem`, p.code) : p.code;
    if (own !== p.code) return own;
    const shared = code('policy.problem', p.code);
    if (shared !== p.code) return shared;
    return p.warning ? p.detail || p.code : `${t('policy.problem.other', { code: p.code })} ${p.detail}`;
  };
  return (
    <>
      {items.map((p) => (
        <div key={p.path + p.code} className={p.warning ? 'kw-problem kw-warning' : 'kw-problem'} role="alert" title={p.detail} data-code={p.code} data-warning={p.warning}>
          {p.warning && `${t('policy.warning')} `}{word(p)}{place && ` ${p.path}`}
        </div>
      ))}
    </>
  );
}

export const statusOf = (items: PolicyProblem[]): '' | 'error' | 'warning' => (items.length === 0 ? '' : items.every((p) => p.warning) ? 'warning' : 'error');
