// RuleTable edits one list of endpoint rules; problems stand under the field they are about.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Card, Input, Select, Typography } from 'antd';
import type { PolicyProblem } from '../../api/types';
import { useI18n } from '../../i18n/language';
import { newRow, placeOf, type ListName, type RuleField, type RuleRow } from '../../policy/form';
import { Problems, statusOf } from './Problems';

interface Props {
  list: ListName;
  rows: RuleRow[];
  problems: PolicyProblem[];
  change: (rows: RuleRow[]) => void;
}

export function RuleTable({ list, rows, problems, change }: Props) {
  const { t } = useI18n();
  const kebab = list.replace('_', '-');
  const set = (row: RuleRow, patch: Partial<RuleRow>) => change(rows.map((r) => (r.key === row.key ? { ...r, ...patch } : r)));
  const at = (index: number, field: RuleField | undefined) => problems.filter((p) => {
    const place = placeOf(p.path);
    return place?.list === list && place.row === index && place.field === field;
  });
  const add = (
    <Button size="small" icon={<PlusOutlined />} disabled={rows.length >= 1000} onClick={() => change([...rows, newRow()])} data-testid={`policy-add-${kebab}`}>{t('policy.add')}</Button>
  );
  return (
    <Card title={t(`policy.list.${list}`)} extra={add} className="kw-block">
      {rows.length === 0 && <Typography.Text type="secondary">{t('policy.emptyList')}</Typography.Text>}
      {rows.length > 0 && (
        <table className="kw-rules">
          <thead><tr>
            <th style={{ width: '24%' }}>{t('policy.rule.name')}</th><th style={{ width: '30%' }}>{t('policy.rule.address')}</th>
            <th style={{ width: 96 }}>{t('policy.rule.protocol')}</th><th>{t('policy.rule.ports')}</th><th aria-label={t('common.actions')} />
          </tr></thead>
          <tbody>
            {rows.map((row, index) => {
              const field = (name: 'name' | 'address' | 'ports', hint: string) => (
                <>
                  <Input value={row[name]} placeholder={hint} aria-label={t(`policy.rule.${name}`)} status={statusOf(at(index, name))}
                    maxLength={name === 'name' ? 64 : 512} onChange={(e) => set(row, { [name]: e.target.value })} data-testid={`policy-${kebab}-${index}-${name}`} />
                  <Problems items={at(index, name)} />
                </>
              );
              return (
                <tr key={row.key} data-testid={`policy-${kebab}-${index}`}>
                  <td>{field('name', '')}<Problems items={at(index, undefined)} /></td>
                  <td>{field('address', t('policy.rule.addressHint'))}</td>
                  <td>
                    <Select value={row.protocol} style={{ width: '100%' }} aria-label={t('policy.rule.protocol')} onChange={(protocol: RuleRow['protocol']) => set(row, { protocol })}
                      options={(['tcp', 'udp', 'icmp'] as const).map((p) => ({ value: p, label: p.toUpperCase() }))} data-testid={`policy-${kebab}-${index}-protocol`} />
                    <Problems items={at(index, 'protocol')} />
                  </td>
                  <td>{row.protocol === 'icmp' ? <Typography.Text type="secondary">—</Typography.Text> : field('ports', t('policy.rule.portsHint'))}</td>
                  <td><Button type="text" icon={<DeleteOutlined />} aria-label={t('policy.rule.remove', { name: row.name || String(index + 1) })}
                    onClick={() => change(rows.filter((r) => r.key !== row.key))} data-testid={`policy-${kebab}-${index}-remove`} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Card>
  );
}
