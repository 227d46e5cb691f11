// Defence edits the sections of the kiosk's own defence: one card each, its mode in the head, its form below.
import { Alert, Collapse, Radio, Tag, Typography } from 'antd';
import type { PolicyProblem, SectionForms } from '../../api/types';
import { useI18n } from '../../i18n/language';
import { ofDefence, problemsAt, problemsBeside, type DefenceForm, type Values } from '../../policy/sections';
import { Problems } from './Problems';
import { SectionFields } from './SectionFields';
import { useSectionWords } from '../../components/sectionWords';

interface Props { forms: SectionForms; values: DefenceForm; problems: PolicyProblem[]; change: (values: DefenceForm) => void }

export function Defence({ forms, values, problems, change }: Props) {
  const { t } = useI18n();
  const nowhere = problems.filter((p) => !ofDefence(p, forms));
  const set = (name: string, section: Values) => change({ ...values, [name]: section });
  return (
    <>
      <Typography.Paragraph type="secondary">{t('policy.defence.text')}</Typography.Paragraph>
      {nowhere.length > 0 && <Alert type="error" showIcon role="alert" className="kw-block" message={<Problems items={nowhere} place />} />}
      {Object.keys(forms).length === 0 && <Typography.Text type="secondary">{t('policy.defence.noSections')}</Typography.Text>}
      <Collapse className="kw-block" items={Object.entries(forms).map(([name, form]) => ({
        key: name,
        label: <Head section={name} clauses={form.clauses} problems={problemsAt(problems, [name], true)} />,
        extra: <Mode section={name} mode={String(values[name]?.mode ?? 'off')} change={(mode) => set(name, { ...values[name], mode })} />,
        children: (
          <div data-testid={`defence-${name}-form`}>
            <Text section={name} />
            <SectionFields fields={form.fields.filter((f) => f.name !== 'mode')} values={values[name] ?? {}} spot={{ section: name, path: [], place: [name] }}
              problems={problems} change={(section) => set(name, section)} />
            <Problems items={[...problemsAt(problems, [name, 'mode']), ...problemsBeside(problems, [name], form.fields)]} section={name} />
          </div>
        ),
      }))} />
    </>
  );
}

function Head({ section, clauses, problems }: { section: string; clauses: string; problems: PolicyProblem[] }) {
  const { t } = useI18n();
  const words = useSectionWords(section);
  const wrong = problems.filter((p) => !p.warning).length;
  const warnings = problems.length - wrong;
  return (
    <span data-testid={`defence-${section}`} className="kw-section-head">
      <b>{words.title}</b>
      <Typography.Text type="secondary" className="kw-clauses">{t('policy.defence.clauses', { clauses: clauses.split(',').join(', ') })}</Typography.Text>
      {wrong > 0 && <Tag color="error">{t('policy.check.problems', { count: wrong })}</Tag>}
      {warnings > 0 && <Tag color="warning">{t('policy.warnings', { count: warnings })}</Tag>}
    </span>
  );
}

function Text({ section }: { section: string }) {
  const words = useSectionWords(section);
  return words.text ? <Typography.Paragraph type="secondary">{words.text}</Typography.Paragraph> : null;
}

/// The switch stands in the card's head: using it opens and closes nothing.
function Mode({ section, mode, change }: { section: string; mode: string; change: (mode: string) => void }) {
  const { t } = useI18n();
  return (
    <span onClick={(e) => e.stopPropagation()} onKeyDown={(e) => e.stopPropagation()}>
      <Radio.Group size="small" optionType="button" buttonStyle="solid" value={mode} aria-label={t('policy.mode')} onChange={(e) => change(String(e.target.value))}>
        {(['off', 'watch', 'enforce'] as const).map((word) => <Radio.Button key={word} value={word}><span data-testid={`defence-${section}-mode-${word}`}>{t(`policy.mode.${word}`)}</span></Radio.Button>)}
      </Radio.Group>
    </span>
  );
}
