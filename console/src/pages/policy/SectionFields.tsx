// SectionFields is the form of a section's fields, made of their description: any field, any depth.
import { Input, InputNumber, Select, Switch } from 'antd';
import type { PolicyProblem, SectionField } from '../../api/types';
import { inputOf, problemsAt, type Row, type Value, type Values } from '../../policy/sections';
import { ObjectTable } from './ObjectTable';
import { Problems, statusOf } from './Problems';
import { useSectionWords } from '../../components/sectionWords';
import { inside, testIdOf, type Spot } from './spot';

interface Props { fields: SectionField[]; values: Values; spot: Spot; problems: PolicyProblem[]; change: (values: Values) => void }

export function SectionFields({ fields, values, spot, problems, change }: Props) {
  return (
    <div className="kw-fields">
      {fields.map((field) => (
        <Field key={field.name} field={field} value={values[field.name] ?? null} spot={inside(spot, field.name)} problems={problems}
          change={(value) => change({ ...values, [field.name]: value })} />
      ))}
    </div>
  );
}

interface FieldProps { field: SectionField; value: Value; spot: Spot; problems: PolicyProblem[]; change: (value: Value) => void }

function Field({ field, value, spot, problems, change }: FieldProps) {
  const words = useSectionWords(spot.section);
  const kind = inputOf(field);
  const label = words.field(spot.path);
  if (kind === 'group') {
    return (
      <fieldset className="kw-group">
        <legend>{label}</legend>
        <SectionFields fields={field.fields ?? []} values={value as Values} spot={spot} problems={problems} change={change} />
        <Problems items={problemsAt(problems, spot.place)} section={spot.section} />
      </fieldset>
    );
  }
  if (kind === 'table') return <ObjectTable field={field} rows={value as Row[]} label={label} spot={spot} problems={problems} change={change} />;
  // A list is edited as one text, so its elements' problems stand under the whole.
  const found = problemsAt(problems, spot.place, kind === 'lines' || kind === 'choices');
  return (
    <div className={kind === 'switch' ? 'kw-field kw-field-switch' : 'kw-field'}>
      <span id={testIdOf(spot)} className="kw-label">{label}</span>
      <div><FieldInput field={field} value={value} spot={spot} status={statusOf(found)} change={change} /><Problems items={found} section={spot.section} /></div>
    </div>
  );
}

interface InputProps { field: SectionField; value: Value; spot: Spot; status: '' | 'error' | 'warning'; change: (value: Value) => void }

function FieldInput({ field, value, spot, status, change }: InputProps) {
  const words = useSectionWords(spot.section);
  const shared = { 'aria-labelledby': testIdOf(spot), 'data-testid': testIdOf(spot) };
  const options = (field.words ?? []).map((word) => ({ value: word, label: words.word(spot.path, word) }));
  switch (inputOf(field)) {
    case 'switch': return <Switch {...shared} checked={value === true} onChange={change} />;
    case 'number': return (
      <InputNumber {...shared} value={value as number | null} status={status} min={0} style={{ width: 180 }} placeholder="0"
        {...(field.type === 'integer' ? { precision: 0 } : {})} onChange={(v) => change(typeof v === 'number' ? v : null)} />
    );
    case 'choice': return (
      <Select {...shared} allowClear value={value === '' ? null : (value as string)} status={status} options={options} placeholder={words.unset} style={{ minWidth: 220 }}
        onChange={(v: string | null | undefined) => change(v ?? '')} />
    );
    case 'choices': return (
      <Select {...shared} mode="multiple" value={value as string[]} status={status} options={options} placeholder={words.unset} style={{ width: '100%' }}
        onChange={(v: string[]) => change(v)} />
    );
    case 'lines': return (
      <Input.TextArea {...shared} value={value as string} status={status} autoSize={{ minRows: 1, maxRows: 8 }} placeholder={words.lines} onChange={(e) => change(e.target.value)} />
    );
    default: return <Input {...shared} value={value as string} status={status} maxLength={4096} onChange={(e) => change(e.target.value)} />;
  }
}
