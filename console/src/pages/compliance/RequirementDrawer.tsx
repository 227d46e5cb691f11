// RequirementDrawer shows one requirement: what is checked and how it stands, why, where, what mends it, what it was.
import { Button, Descriptions, Drawer, Skeleton, Space, Table, Tag, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { api } from '../../api/endpoints';
import type { ComplianceChange, ComplianceCheck, ComplianceDetail, ComplianceReason } from '../../api/types';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { Subject } from './Overview';
import { Counts, StatusTag } from './parts';
import { DeclareModal, FileModal } from './RecordForms';
import { span, wantedText, words } from './words';

interface Props { id: string; subject: string; epoch: string; close: () => void; changed: () => void }

export function RequirementDrawer({ id, subject, epoch, close, changed }: Props) {
  const { t, lang } = useI18n();
  const [chosen, setChosen] = useState('');  // one of several subjects
  const at = chosen || subject;
  useEffect(() => setChosen(''), [id, subject]);
  return (
    <Drawer open={id !== ''} onClose={close} width={920} title={id} destroyOnHidden data-testid="compliance-drawer">
      {id !== '' && <Loaded key={`${id} ${at}`} id={id} at={at} epoch={epoch} lang={lang} back={chosen ? () => setChosen('') : undefined} choose={setChosen} changed={changed} t={t} />}
    </Drawer>
  );
}

type Words = ReturnType<typeof useI18n>;
interface LoadedProps { id: string; at: string; epoch: string; lang: Words['lang']; t: Words['t']; back: (() => void) | undefined; choose: (subject: string) => void; changed: () => void }

function Loaded({ id, at, epoch, lang, t, back, choose, changed }: LoadedProps) {
  const detail = useResource((o) => api.complianceRequirement(id, { ...o, query: { subject: at } }), [id, at, epoch]);
  const { data } = detail;
  return (
    <>
      {back && <Button type="link" style={{ padding: 0 }} onClick={back} data-testid="compliance-back">← {t('compliance.where')}</Button>}
      <ErrorView error={detail.error} retry={detail.reload} />
      {data ? <Detail detail={data} lang={lang} choose={choose} changed={() => { detail.reload(); changed(); }} /> : detail.loading && <Skeleton active />}
    </>
  );
}

function Detail({ detail, lang, choose, changed }: { detail: ComplianceDetail; lang: Words['lang']; choose: (subject: string) => void; changed: () => void }) {
  const { t, code } = useI18n();
  const { requirement, checks, at } = detail;
  const single = at.length === 1 ? at[0] : undefined;
  return (
    <>
      <Typography.Title level={4} style={{ marginTop: 0 }}>{words(lang, requirement.title)}</Typography.Title>
      <Space wrap className="kw-block">
        {requirement.status ? <StatusTag status={requirement.status} testId="compliance-detail-status" /> : <Counts counts={requirement.counts} />}
        <Tag>{code('complianceSeverity', requirement.severity)}</Tag>
        {single && <span><Subject subject={single.subject} name={single.name} siteName={single.site_name} /></span>}
      </Space>
      {single && <Actions detail={detail} subject={single.subject} changed={changed} />}
      <Descriptions column={1} size="small" bordered className="kw-block" items={[
        { key: 'advice', label: t('compliance.advice'), children: <span data-testid="compliance-advice">{words(lang, detail.advice)}</span> },
        ...(detail.leaves_open.en ? [{ key: 'open', label: t('compliance.leavesOpen'), children: words(lang, detail.leaves_open) }] : []),
        ...(requirement.since ? [{ key: 'since', label: t('compliance.since'), children: <TimeText value={requirement.since} /> }] : []),
        ...(detail.valid_until ? [{ key: 'until', label: t('compliance.until'), children: <TimeText value={detail.valid_until} /> }] : []),
        ...(detail.holds_until ? [{ key: 'holds', label: t('compliance.holdsUntil'), children: <TimeText value={detail.holds_until} /> }] : []),
        ...(detail.attested_by.length > 0 ? [{ key: 'by', label: t('compliance.attestedBy'), children: detail.attested_by.map((role) => code('role', role)).join('、') }] : []),
        ...(detail.also.length > 0 ? [{ key: 'also', label: t('compliance.also'), children: detail.also.join(', ') }] : []),
      ]} />
      <Typography.Title level={5}>{t('compliance.checks')}</Typography.Title>
      <Table<ComplianceCheck> rowKey="name" size="small" pagination={false} dataSource={checks} className="kw-block" scroll={{ x: 'max-content' }}
        onRow={(one) => ({ 'data-testid': `compliance-check-${one.name}`, 'data-outcome': one.reason?.outcome ?? '', 'data-why': one.reason?.why ?? '' }) as object}
        columns={[
          { title: t('compliance.title'), key: 'what', render: (_, one) => <CheckText check={one} lang={lang} /> },
          { title: t('compliance.status'), key: 'reason', render: (_, one) => (one.reason ? <Reason reason={one.reason} /> : '—') },
        ]} />
      {detail.others.length > 0 && <Space direction="vertical" className="kw-block">{detail.others.map((one) => <Reason key={`${one.why} ${one.used}`} reason={one} />)}</Space>}
      {at.length > 1 && <Where detail={detail} choose={choose} />}
      {detail.history.length > 0 && <History history={detail.history} />}
    </>
  );
}

function Actions({ detail, subject, changed }: { detail: ComplianceDetail; subject: string; changed: () => void }) {
  const { t } = useI18n();
  const session = useSession();
  const [asking, setAsking] = useState<'file' | 'declare'>();
  const records = detail.checks.filter((one) => one.kind === 'record' && one.roles.includes(session.role));
  const close = () => setAsking(undefined);
  const done = () => { close(); changed(); };
  const files = records.length > 0 && can(session, 'fileComplianceRecord');
  const declares = detail.may_not_apply && detail.attested_by.includes(session.role) && can(session, 'declareNotApplicable');
  if (!files && !declares) return null;
  return (
    <Space wrap className="kw-block">
      {files && <Button type="primary" onClick={() => setAsking('file')} data-testid="compliance-file">{t('compliance.file')}</Button>}
      {declares && <Button onClick={() => setAsking('declare')} data-testid="compliance-declare">{t('compliance.declare')}</Button>}
      {asking === 'file' && <FileModal checks={records} subject={subject} close={close} done={done} />}
      {asking === 'declare' && <DeclareModal requirement={detail.requirement.id} subject={subject} close={close} done={done} />}
    </Space>
  );
}

/// CheckText tells what a check looks at, and what that has to be.
function CheckText({ check, lang }: { check: ComplianceCheck; lang: Words['lang'] }) {
  const { t } = useI18n();
  const told = (seconds: number) => { const { key, count } = span(seconds); return t(key, { count }); };
  const what = check.looks_at.join(', ');
  const notes = [
    check.kind === 'fact' ? t('compliance.looksAt.fact', { what, value: wantedText(t, check.has_to_be) }) : '',
    check.kind === 'event' || check.kind === 'no_event' ? t(`compliance.looksAt.${check.kind}`, { what, within: told(check.within_seconds) }) : '',
    check.kind === 'record' ? t('compliance.looksAt.record', { what }) : '',
    check.settled_by.length > 0 ? t('compliance.settledBy', { what: check.settled_by.join(', ') }) : '',
    check.fields.length > 0 ? `${t('compliance.fields')}: ${check.fields.map((one) => (one.has_to_be ? `${one.name} (${wantedText(t, one.has_to_be)})` : one.name)).join(', ')}` : '',
    check.valid_seconds > 0 ? t('compliance.validFor', { span: told(check.valid_seconds) }) : '',
    check.file ? t('compliance.needsFile') : '',
    check.stale_seconds > 0 ? t('compliance.stale', { span: told(check.stale_seconds) }) : '',
    check.decides ? '' : t('compliance.softly'),
  ].filter((one) => one !== '');
  return (
    <div style={{ maxWidth: 480, whiteSpace: 'normal' }}>
      {words(lang, check.what)}
      <div><Typography.Text type="secondary" style={{ fontSize: 12, overflowWrap: 'anywhere' }}>{notes.join('; ')}</Typography.Text></div>
    </div>
  );
}

const OUTCOME = { holds: 'success', fails: 'error', unknown: 'default' } as const;

function Reason({ reason }: { reason: ComplianceReason }) {
  const { t, code } = useI18n();
  return (
    <div style={{ maxWidth: 300, whiteSpace: 'normal' }}>
      <Tag color={OUTCOME[reason.outcome]}>{code('complianceOutcome', reason.outcome)}</Tag>{reason.outcome !== 'holds' && code('complianceWhy', reason.why)}
      <div><Typography.Text type="secondary" style={{ fontSize: 12, overflowWrap: 'anywhere' }}>
        {reason.used}{reason.value !== '' && <> = <code>{reason.value}</code></>}{reason.age_seconds !== undefined && <> ({t('compliance.age', { span: t(span(reason.age_seconds).key, { count: span(reason.age_seconds).count }) })})</>}
      </Typography.Text></div>
    </div>
  );
}

function Where({ detail, choose }: { detail: ComplianceDetail; choose: (subject: string) => void }) {
  const { t } = useI18n();
  return (
    <>
      <Typography.Title level={5}>{t('compliance.where')}</Typography.Title>
      <Table<ComplianceDetail['at'][number]> rowKey="subject" size="small" dataSource={detail.at} className="kw-block" scroll={{ x: 'max-content' }} pagination={{ hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }}
        onRow={(one) => ({ 'data-testid': `compliance-at-${one.subject}`, 'data-status': one.status, className: 'kw-row', onClick: () => choose(one.subject) }) as object}
        columns={[
          { title: t('compliance.subject'), key: 'name', render: (_, one) => <Subject subject={one.subject} name={one.name} siteName={one.site_name} /> },
          { title: t('compliance.status'), key: 'status', render: (_, one) => <StatusTag status={one.status} /> },
        ]} />
    </>
  );
}

function History({ history }: { history: ComplianceChange[] }) {
  const { t } = useI18n();
  return (
    <>
      <Typography.Title level={5}>{t('compliance.history')}</Typography.Title>
      <Table<ComplianceChange> rowKey="time" size="small" dataSource={history} scroll={{ x: 'max-content' }} pagination={{ hideOnSinglePage: true, pageSize: 10, showSizeChanger: false }} data-testid="compliance-history"
        columns={[
          { title: t('compliance.time'), key: 'time', render: (_, one) => <TimeText value={one.time} /> },
          { title: t('compliance.before'), key: 'before', render: (_, one) => <StatusTag status={one.before} /> },
          { title: t('compliance.after'), key: 'after', render: (_, one) => <StatusTag status={one.after} /> },
        ]} />
    </>
  );
}

