// ObjectTable edits a list of objects: a table of what they hold, and a drawer with the form of one.
import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Space, Typography } from 'antd';
import { useState } from 'react';
import type { PolicyProblem, SectionField } from '../../api/types';
import { useI18n } from '../../i18n/language';
import { briefOf, newRow, objectOf, problemsAt, type Row } from '../../policy/sections';
import { Problems } from './Problems';
import { SectionFields } from './SectionFields';
import { useSectionWords } from '../../components/sectionWords';
import { testIdOf, type Spot } from './spot';

interface Props { field: SectionField; rows: Row[]; label: string; spot: Spot; problems: PolicyProblem[]; change: (rows: Row[]) => void }

const COLUMNS = 4;  // more do not fit beside the policy's differences; the drawer has them all

export function ObjectTable({ field, rows, label, spot, problems, change }: Props) {
  const { t } = useI18n();
  const words = useSectionWords(spot.section);
  const [open, setOpen] = useState<number>();
  const fields = field.fields ?? [];
  const columns = fields.filter((f) => f.type !== 'object').slice(0, COLUMNS);
  const rowSpot = (index: number): Spot => ({ ...spot, place: [...spot.place, String(index)] });
  const shown = rows.findIndex((row) => row.key === open);
  const add = () => {
    const row = newRow(fields);
    change([...rows, row]);
    setOpen(row.key);
  };
  const plain = (value: unknown) => (value === true ? t('common.yes') : value === false || value === 0 || value === undefined ? '' : briefOf(value));
  return (
    <div className="kw-field kw-field-wide">
      <div className="kw-field-head">
        <span className="kw-label">{label}</span>
        <Button size="small" icon={<PlusOutlined />} onClick={add} data-testid={`${testIdOf(spot)}-add`}>{t('policy.defence.add')}</Button>
      </div>
      {rows.length === 0 && <Typography.Text type="secondary">{t('policy.defence.none')}</Typography.Text>}
      {rows.length > 0 && (
        <table className="kw-rules">
          <thead><tr>{columns.map((c) => <th key={c.name}>{words.field([...spot.path, c.name])}</th>)}<th style={{ width: 64 }} aria-label={t('common.actions')} /></tr></thead>
          <tbody>
            {rows.map((row, index) => {
              const object = objectOf(fields, row.values);
              const name = typeof object.name === 'string' && object.name ? object.name : String(index + 1);
              return (
                <tr key={row.key} data-testid={testIdOf(rowSpot(index))}>
                  {columns.map((c, i) => (
                    <td key={c.name} className="kw-cell">
                      {c.type === 'choice' && object[c.name] ? asWords(object[c.name]).map((w) => words.word([...spot.path, c.name], w)).join(', ') : plain(object[c.name])}
                      {i === 0 && <Problems items={problemsAt(problems, rowSpot(index).place, true)} section={spot.section} />}
                    </td>
                  ))}
                  <td><Space size={0}>
                    <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('policy.defence.edit', { name })} onClick={() => setOpen(row.key)} data-testid={`${testIdOf(rowSpot(index))}-edit`} />
                    <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('policy.defence.remove', { name })}
                      onClick={() => change(rows.filter((r) => r.key !== row.key))} data-testid={`${testIdOf(rowSpot(index))}-remove`} />
                  </Space></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <Problems items={problemsAt(problems, spot.place)} section={spot.section} />
      <Drawer open={shown >= 0} onClose={() => setOpen(undefined)} width={560} destroyOnHidden title={`${words.title} · ${label}`} data-testid={`${testIdOf(spot)}-drawer`}
        extra={<Button type="primary" onClick={() => setOpen(undefined)} data-testid={`${testIdOf(spot)}-done`}>{t('policy.defence.done')}</Button>}>
        {shown >= 0 && (
          <SectionFields fields={fields} values={rows[shown]!.values} spot={rowSpot(shown)} problems={problems}
            change={(values) => change(rows.map((r) => (r.key === open ? { ...r, values } : r)))} />
        )}
        {shown >= 0 && <Problems items={problemsAt(problems, rowSpot(shown).place)} section={spot.section} />}
      </Drawer>
    </div>
  );
}

const asWords = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);
