// Editor edits a copy of the current policy, has it checked while one types, and publishes it.
import { Alert, Button, Card, Checkbox, Form, Input, InputNumber, Radio, Space, Typography } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { NetworkTemplate, PolicyCheck, PolicyProblem } from '../../api/types';
import { useAction } from '../../components/action';
import { useI18n } from '../../i18n/language';
import { diffPolicies } from '../../policy/diff';
import { CUTS, emptyForm, formOf, LISTS, localProblems, placeOf, templateOf, type PolicyForm } from '../../policy/form';
import { CheckState, useCheck } from './check';
import { Changes } from './Changes';
import { RuleTable } from './RuleTable';

interface Props {
  newest: number;                         // revision in force; 0 for none
  current: NetworkTemplate | undefined;   // what it holds
  settled: boolean;                       // `current` is known to be what `newest` holds
  seed: NetworkTemplate | undefined;      // an older revision to start from instead
  published: () => void;
  refresh: () => void;
}

export function Editor({ newest, current, settled, seed, published, refresh }: Props) {
  const { t, code } = useI18n();
  const [form, setForm] = useState<PolicyForm>(() => (seed ?? current ? formOf((seed ?? current) as NetworkTemplate) : emptyForm()));
  const [base, setBase] = useState(newest);
  const [refused, setRefused] = useState<PolicyProblem[]>([]);
  const template = useMemo(() => templateOf(form), [form]);
  const local = useMemo(() => localProblems(template), [template]);
  const checked = useCheck(template, local.length === 0);
  const problems = local.length ? local : refused.length ? refused : checked.check?.problems ?? [];
  const before = current ?? templateOf(emptyForm());
  const changes = useMemo(() => diffPolicies(before, template), [before, template]);
  const outdated = newest > base;
  useEffect(() => setRefused([]), [template]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    if (changes.length) addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [changes.length]);
  const load = () => {
    setForm(current ? formOf(current) : emptyForm());
    setBase(newest);
  };
  const general = problems.filter((p) => !placeOf(p.path));
  const canPublish = local.length === 0 && checked.check?.ok === true && settled && !outdated && (changes.length > 0 || newest === 0);
  return (
    <div className="kw-policy">
      <div>
        {outdated && <Alert type="warning" showIcon role="alert" className="kw-block" data-testid="policy-outdated" message={t('policy.conflict')}
          action={<Button size="small" disabled={!settled} onClick={load}>{t('common.reload')}</Button>} />}
        {general.length > 0 && <Alert type="error" showIcon role="alert" className="kw-block"
          message={general.map((p) => <div key={p.path + p.code}>{code('policy.problem', p.code, 'policy.problem.other')} {p.path}</div>)} />}
        <Card title={t('policy.mode')} className="kw-block">
          <Radio.Group value={form.mode} onChange={(e) => setForm({ ...form, mode: e.target.value as PolicyForm['mode'] })} optionType="button" buttonStyle="solid" data-testid="policy-mode">
            {(['off', 'watch', 'enforce'] as const).map((mode) => <Radio.Button key={mode} value={mode}><span data-testid={`policy-mode-${mode}`}>{t(`policy.mode.${mode}`)}</span></Radio.Button>)}
          </Radio.Group>
          <Typography.Paragraph type="secondary" style={{ margin: '8px 0 0' }}>{t(`policy.mode.${form.mode}Text`)}</Typography.Paragraph>
        </Card>
        {LISTS.map((list) => (
          <RuleTable key={list} list={list} rows={form.lists[list]} problems={problems}
            change={(rows) => setForm((f) => ({ ...f, lists: { ...f.lists, [list]: rows } }))} />
        ))}
        <Card title={t('policy.cut')}>
          <Space direction="vertical">
            {CUTS.map((name) => (
              <Checkbox key={name} checked={form.cut[name]} onChange={(e) => setForm({ ...form, cut: { ...form.cut, [name]: e.target.checked } })}>
                <span data-testid={`policy-cut-${name}`}>{t(`policy.cut.${name}`)}</span>
              </Checkbox>
            ))}
          </Space>
        </Card>
      </div>
      <div className="kw-side">
        <Card title={t('policy.changes')} size="small"><Changes changes={changes} />
          <Publish base={base} template={template} may={canPublish}
            refused={(error) => {
              if (error.status === 409) refresh();
              const body = error.body as Partial<PolicyCheck> | undefined;
              if (error.status !== 422 || !Array.isArray(body?.problems)) return false;
              setRefused(body.problems);
              return true;
            }}
            done={(revision) => { setBase(revision); published(); }} />
          <Space wrap>
            <Button disabled={!settled || !changes.length} onClick={load} data-testid="policy-reset">{t('policy.reset')}</Button>
            <CheckState checked={checked} local={local.length} />
          </Space>
        </Card>
        <Card title={t('policy.compiled')} size="small">
          {checked.check?.compiled
            ? <pre className="kw-code" style={{ maxHeight: 520 }} tabIndex={0} data-testid="policy-compiled">{checked.check.compiled}</pre>
            : <Typography.Text type="secondary">{t('policy.compiledEmpty')}</Typography.Text>}
        </Card>
      </div>
    </div>
  );
}

interface PublishProps {
  base: number;
  template: NetworkTemplate;
  may: boolean;
  refused: (error: ApiError) => boolean;
  done: (revision: number) => void;
}

function Publish({ base, template, may, refused, done }: PublishProps) {
  const { t } = useI18n();
  const [form] = Form.useForm<{ note: string; valid_days: number }>();
  const action = useAction(refused);
  const submit = (v: { note: string; valid_days: number }) => action.run(
    () => api.publishPolicy({ base_revision: base, network: template, note: v.note.trim(), valid_days: v.valid_days }),
    (info) => t('policy.published', { revision: info.revision }), (info) => { form.resetFields(); done(info.revision); });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ note: '', valid_days: 365 }} style={{ marginTop: 12 }} onFinish={(values) => void submit(values)}>
      <Form.Item name="note" label={t('policy.note')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
        <Input.TextArea rows={2} maxLength={200} placeholder={t('policy.notePlaceholder')} data-testid="policy-note" />
      </Form.Item>
      <Form.Item name="valid_days" label={t('policy.validDays')} rules={[{ required: true, message: t('common.required') }]}>
        <InputNumber min={1} max={3650} precision={0} data-testid="policy-valid-days" />
      </Form.Item>
      <Form.Item extra={t('policy.publish.text')}>
        <Button type="primary" htmlType="submit" disabled={!may} loading={action.busy} data-testid="policy-publish">{t('policy.publish')}</Button>
      </Form.Item>
    </Form>
  );
}
