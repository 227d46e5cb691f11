// Editor edits a copy of the current policy, has both parts checked while one types, and publishes them as one.
import { Alert, Badge, Button, Card, Form, Input, InputNumber, Space, Tabs, Typography } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { ApiError } from '../../api/client';
import { api, isHeld } from '../../api/endpoints';
import type { PolicyCheck, PolicyProblem, SectionForms } from '../../api/types';
import { useAction } from '../../components/action';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { diffPolicies } from '../../policy/diff';
import { emptyForm, formOf, localProblems, templateOf, type PolicyForm } from '../../policy/form';
import { defenceFormOf, defenceOf, ofDefence } from '../../policy/sections';
import { diffSections } from '../../policy/sections.diff';
import { both, CheckState, useCheck } from './check';
import { Changes } from './Changes';
import { Defence } from './Defence';
import { NetworkForm } from './NetworkForm';
import type { PolicyParts } from './parts';


interface Props {
  newest: number;                     // revision in force; 0 for none
  forms: SectionForms;                // the sections that this platform knows
  current: PolicyParts | undefined;   // what it holds
  settled: boolean;                   // `current` is known to be what `newest` holds
  seed: PolicyParts | undefined;      // an older revision to start from instead
  published: () => void;
  refresh: () => void;
}

export function Editor({ newest, forms, current, settled, seed, published, refresh }: Props) {
  const { t } = useI18n();
  const networkOf = (parts: PolicyParts | undefined) => (parts ? formOf(parts.network) : emptyForm());
  const sectionsOf = (parts: PolicyParts | undefined) => defenceFormOf(forms, parts?.defence ?? {});
  const [form, setForm] = useState<PolicyForm>(() => networkOf(seed ?? current));
  const [sections, setSections] = useState(() => sectionsOf(seed ?? current));
  const [base, setBase] = useState(newest);
  const [refused, setRefused] = useState<PolicyProblem[]>([]);
  const template = useMemo(() => templateOf(form), [form]);
  const local = useMemo(() => localProblems(template), [template]);
  const defence = useMemo(() => defenceOf(forms, sections), [forms, sections]);
  const checkedNetwork = useCheck(template, local.length === 0, api.checkPolicy);
  const checkedDefence = useCheck(defence, true, api.checkSections);
  const checked = both(checkedNetwork, checkedDefence);
  const ofSections = refused.length ? refused.filter((p) => ofDefence(p, forms)) : checkedDefence.check?.problems ?? [];
  const ofNetwork = local.length ? local : refused.length ? refused.filter((p) => !ofDefence(p, forms)) : checkedNetwork.check?.problems ?? [];
  const before = useMemo(() => current ?? { network: templateOf(emptyForm()), defence: {} }, [current]);
  const changes = useMemo(() => diffPolicies(before.network, template), [before, template]);
  const sectionChanges = useMemo(() => diffSections(forms, before.defence, defence), [forms, before, defence]);
  const changed = changes.length + sectionChanges.length > 0;
  const outdated = newest > base;
  useEffect(() => setRefused([]), [template, defence]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    if (changed) addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [changed]);
  const load = () => {
    setForm(networkOf(current));
    setSections(sectionsOf(current));
    setBase(newest);
  };
  const canPublish = local.length === 0 && checked.check?.ok === true && settled && !outdated && (changed || newest === 0);
  return (
    <div className="kw-policy">
      <div>
        {outdated && <Alert type="warning" showIcon role="alert" className="kw-block" data-testid="policy-outdated" message={t('policy.conflict')}
          action={<Button size="small" disabled={!settled} onClick={load}>{t('common.reload')}</Button>} />}
        <Tabs className="kw-parts" items={[
          { key: 'network', label: <Part name="network" problems={ofNetwork} />, children: <NetworkForm form={form} problems={ofNetwork} change={setForm} /> },
          { key: 'defence', label: <Part name="defence" problems={ofSections} />, children: <Defence forms={forms} values={sections} problems={ofSections} change={setSections} /> },
        ]} />
      </div>
      <div className="kw-side">
        <Card title={t('policy.changes')} size="small"><Changes changes={changes} sections={sectionChanges} />
          <Publish base={base} parts={{ network: template, defence }} may={canPublish}
            refused={(error) => {
              if (error.status === 409) refresh();
              const body = error.body as Partial<PolicyCheck> | undefined;
              if (error.status !== 422 || !Array.isArray(body?.problems)) return false;
              setRefused(body.problems);
              return true;
            }}
            done={(revision) => { setBase(revision); published(); }} />
          <Space wrap>
            <Button disabled={!settled || !changed} onClick={load} data-testid="policy-reset">{t('policy.reset')}</Button>
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

function Part({ name, problems }: { name: 'network' | 'defence'; problems: PolicyProblem[] }) {
  const { t } = useI18n();
  return <Badge size="small" offset={[8, 0]} count={problems.filter((p) => !p.warning).length}><span data-testid={`policy-part-${name}`}>{t(`policy.part.${name}`)}</span></Badge>;
}

interface PublishProps {
  base: number;
  parts: PolicyParts;
  may: boolean;
  refused: (error: ApiError) => boolean;
  done: (revision: number) => void;
}

function Publish({ base, parts, may, refused, done }: PublishProps) {
  const { t } = useI18n();
  const session = useSession();
  const [form] = Form.useForm<{ note: string; valid_days: number }>();
  const action = useAction(refused);
  const submit = (v: { note: string; valid_days: number }) => action.run(
    () => api.publishPolicy({ base_revision: base, ...parts, note: v.note.trim(), valid_days: v.valid_days }),
    (info) => t(!isHeld(info) && info.state === 'waiting' ? 'policy.waits' : 'policy.published', { revision: isHeld(info) ? 0 : info.revision }), (info) => { form.resetFields(); if (!isHeld(info)) done(info.revision); });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ note: '', valid_days: 365 }} style={{ marginTop: 12 }} onFinish={(values) => void submit(values)}>
      <Form.Item name="note" label={t('policy.note')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
        <Input.TextArea rows={2} maxLength={200} placeholder={t('policy.notePlaceholder')} data-testid="policy-note" />
      </Form.Item>
      <Form.Item name="valid_days" label={t('policy.validDays')} rules={[{ required: true, message: t('common.required') }]}>
        <InputNumber min={1} max={3650} precision={0} data-testid="policy-valid-days" />
      </Form.Item>
      <Form.Item extra={t('policy.publish.text')}>
        <Button type="primary" htmlType="submit" disabled={!may || !can(session, 'publishPolicy')} loading={action.busy} data-testid="policy-publish">{t('policy.publish')}</Button>
      </Form.Item>
    </Form>
  );
}
