// What alarms and audit entries have in common: clauses of the standard, and parameters with their labels.
import { Descriptions } from 'antd';
import { useI18n } from '../i18n/language';

export function Clauses({ value }: { value: string }) {
  const { t } = useI18n();
  if (!value) return <>—</>;
  return <>{value.split(',').map((clause) => <div key={clause}>{t('alarms.clauseText', { clause: clause.trim() })}</div>)}</>;
}

/// FORGOTTEN is what the platform says in place of a value whose person is forgotten.
const FORGOTTEN = '[forgotten]';

export function ParamTable({ params }: { params: Record<string, string> }) {
  const { code, t } = useI18n();
  const entries = Object.entries(params);
  if (!entries.length) return null;
  return (
    <Descriptions column={1} size="small" bordered className="kw-block" items={entries.map(([name, value]) => ({
      key: name, label: code('param', name), children: <span style={{ overflowWrap: 'anywhere' }} data-testid={`param-${name}`}>{value === FORGOTTEN ? t('persons.forgotten') : value || '—'}</span>,
    }))} />
  );
}
