// NetworkForm edits the network part: its mode, its lists of endpoints, and when to cut.
import { Alert, Card, Checkbox, Radio, Space, Typography } from 'antd';
import type { PolicyProblem } from '../../api/types';
import { useI18n } from '../../i18n/language';
import { CUTS, LISTS, placeOf, type PolicyForm } from '../../policy/form';
import { Problems } from './Problems';
import { RuleTable } from './RuleTable';

interface Props { form: PolicyForm; problems: PolicyProblem[]; change: (change: (form: PolicyForm) => PolicyForm) => void }

export function NetworkForm({ form, problems, change }: Props) {
  const { t } = useI18n();
  const general = problems.filter((p) => !placeOf(p.path));
  return (
    <>
      {general.length > 0 && <Alert type="error" showIcon role="alert" className="kw-block" message={<Problems items={general} place />} />}
      <Card title={t('policy.mode')} className="kw-block">
        <Radio.Group value={form.mode} onChange={(e) => change((f) => ({ ...f, mode: e.target.value as PolicyForm['mode'] }))} optionType="button" buttonStyle="solid" data-testid="policy-mode">
          {(['off', 'watch', 'enforce'] as const).map((mode) => <Radio.Button key={mode} value={mode}><span data-testid={`policy-mode-${mode}`}>{t(`policy.mode.${mode}`)}</span></Radio.Button>)}
        </Radio.Group>
        <Typography.Paragraph type="secondary" style={{ margin: '8px 0 0' }}>{t(`policy.mode.${form.mode}Text`)}</Typography.Paragraph>
      </Card>
      {LISTS.map((list) => (
        <RuleTable key={list} list={list} rows={form.lists[list]} problems={problems}
          change={(rows) => change((f) => ({ ...f, lists: { ...f.lists, [list]: rows } }))} />
      ))}
      <Card title={t('policy.cut')}>
        <Space direction="vertical">
          {CUTS.map((name) => (
            <Checkbox key={name} checked={form.cut[name]} onChange={(e) => change((f) => ({ ...f, cut: { ...f.cut, [name]: e.target.checked } }))}>
              <span data-testid={`policy-cut-${name}`}>{t(`policy.cut.${name}`)}</span>
            </Checkbox>
          ))}
        </Space>
      </Card>
    </>
  );
}
