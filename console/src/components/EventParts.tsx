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

/// `type` is the event's: a family of events may word a parameter in its own way, as param.<family>.<name>.
export function ParamTable({ params, type = '' }: { params: Record<string, string>; type?: string }) {
  const { code, t } = useI18n();
  const label = (name: string) => {
    const own = `${type.split('.')[0]}.${name}`;
    const found = code('param', own);
    return found === own ? code('param', name) : found;
  };
  const entries = Object.entries(params);
  if (!entries.length) return null;
  return (
    <Descriptions column={1} size="small" bordered className="kw-block" items={entries.map(([name, value]) => ({
      key: name, label: label(name), children: <span style={{ overflowWrap: 'anywhere' }} data-testid={`param-${name}`}>{value === FORGOTTEN ? t('persons.forgotten') : value || '—'}</span>,
    }))} />
  );
}
