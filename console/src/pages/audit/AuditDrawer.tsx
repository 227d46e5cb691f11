// AuditDrawer shows one entry and checks, in this browser, the proof that the ledger holds it.
import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { Alert, Button, Collapse, Descriptions, Drawer, Space, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from 'react-router-dom';
import { ApiError } from '../../api/client';
import { api } from '../../api/endpoints';
import type { AuditEntry, AuditProof } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, SeverityTag, TimeText } from '../../components/basics';
import { Clauses, ParamTable } from '../../components/EventParts';
import { asApiError, useResource } from '../../components/resource';
import { saveFile } from '../../components/saveFile';
import { useI18n } from '../../i18n/language';
import type { Key } from '../../i18n/translate';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { verdictOn, type EntryVerdict } from './verdict';
import { Result } from './Audit';

interface Props {
  entry: AuditEntry | undefined;
  close: () => void;
  follow: (one: { trace?: string; case?: string }) => void;
}

export function AuditDrawer({ entry, close, follow }: Props) {
  const { t } = useI18n();
  return (
    <Drawer open={!!entry} onClose={close} width={680} destroyOnHidden title={entry ? t('audit.entry', { index: entry.index }) : ''} data-testid="audit-drawer">
      {entry && (
        <>
          {entry.archived && <Alert className="kw-block" type="info" showIcon message={t('audit.archived')} description={t('audit.archived.text')} data-testid="audit-archived" />}
          <Proof key={entry.index} index={entry.index} archived={entry.archived} />
          {!entry.archived && <What entry={entry} follow={follow} />}
        </>
      )}
    </Drawer>
  );
}

/// Follow shows an ID and leads to everything that belongs to it.
function Follow({ value, id, show }: { value: string; id: string; show: () => void }) {
  const { t } = useI18n();
  if (!value) return <Hash value="" />;
  return <><Hash value={value} /> <Button type="link" size="small" onClick={show} data-testid={`audit-follow-${id}`}>{t('audit.follow')}</Button></>;
}

/// What an entry says, where it is still on the platform.
function What({ entry, follow }: { entry: AuditEntry; follow: Props['follow'] }) {
  const i18n = useI18n();
  const { t } = i18n;
  return (
    <>
      <Typography.Title level={5} style={{ marginTop: 0 }}>{i18n.title(entry.type)}</Typography.Title>
      <Typography.Paragraph data-testid="audit-text">{i18n.text(entry.type, entry.params)}</Typography.Paragraph>
      <Descriptions column={1} size="small" bordered className="kw-block" items={[
        { key: 'type', label: t('audit.type'), children: <code>{entry.type}</code> },
        { key: 'result', label: t('audit.result'), children: <Result result={entry.result} /> },
        { key: 'severity', label: t('alarms.severity'), children: <SeverityTag severity={entry.severity} /> },
        { key: 'time', label: t('audit.time'), children: <TimeText value={entry.time} /> },
        { key: 'received', label: t('audit.received'), children: <TimeText value={entry.received} /> },
        { key: 'device', label: t('audit.device'), children: entry.device ? <>{entry.device_name} <Hash value={entry.device} /></> : '—' },
        { key: 'person', label: t('audit.person'), children: entry.person ? `${entry.person}${entry.role ? ` · ${i18n.code('role', entry.role)}` : ''}` : '—' },
        { key: 'clause', label: t('alarms.clause'), children: <Clauses value={entry.clause} /> },
        { key: 'case', label: t('device.case'), children: <Follow value={entry.case_id} id="case" show={() => follow({ case: entry.case_id })} /> },
        { key: 'trace', label: t('audit.trace'), children: <><Follow value={entry.trace} id="trace" show={() => follow({ trace: entry.trace })} />{entry.trace && <> <Link to={`/audit/timeline/${entry.trace}`} data-testid="audit-timeline">{t('timeline.show')}</Link></>}</> },
      ]} />
      <ParamTable params={entry.params} type={entry.type} />
      <Personal key={entry.index} entry={entry} />
    </>
  );
}

/// Personal shows who is meant, where the person who reads may know; reading is recorded.
function Personal({ entry }: { entry: AuditEntry }) {
  const i18n = useI18n();
  const { t } = i18n;
  const session = useSession();
  const action = useAction();
  const types = useResource(api.eventTypes, []);
  const [values, setValues] = useState<Record<string, string>>();
  const personal = types.data?.items.find((one) => one.type === entry.type)?.personal ?? [];
  if (!can(session, 'readPersonal') || !personal.some((name) => name in entry.params)) return null;
  if (!values) {
    return <Button loading={action.busy} data-testid="audit-personal" onClick={() => void action.run(() => api.personalValues(entry.index), t('audit.personal.done'), (one) => setValues(one.params))}>{t('audit.personal')}</Button>;
  }
  return <div data-testid="audit-personal-values"><ParamTable params={values} /></div>;
}

function Proof({ index, archived }: { index: number; archived: boolean }) {
  const { t } = useI18n();
  const [proof, setProof] = useState<AuditProof>();
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [turn, setTurn] = useState(0);
  const saving = useAction();
  const save = () => void saving.run(() => api.receipt(index), t('audit.receipt.done'), ({ blob }) => saveFile(blob, `receipt-${index}.pem`));
  useEffect(() => {
    if (turn === 0) return undefined;
    const abort = new AbortController();
    setBusy(true);
    setError(undefined);
    api.proof(index, { signal: abort.signal }).then(setProof, (reason: unknown) => {
      if (!abort.signal.aborted) setError(asApiError(reason));
    }).finally(() => setBusy(false));
    return () => abort.abort();
  }, [index, turn]);
  return (
    <div className="kw-block">
      <Space style={{ marginBottom: 12 }}>
        <Button type="primary" loading={busy} onClick={() => setTurn((n) => n + 1)} data-testid="audit-prove">{t('audit.prove')}</Button>
        {!archived && <Button loading={saving.busy} onClick={save} data-testid="audit-receipt">{t('audit.receipt')}</Button>}
      </Space>
      <ErrorView error={error} />
      {proof && !error && <Checked proof={proof} verdict={verdictOn(index, proof)} />}
    </div>
  );
}

function Checked({ proof, verdict }: { proof: AuditProof; verdict: EntryVerdict }) {
  const { t } = useI18n();
  return (
    <>
      {verdict.ok
        ? <Alert type="success" showIcon icon={<CheckCircleFilled />} role="status" data-testid="audit-proof-ok" message={t('audit.proof.ok')} description={t('audit.proof.offline')} />
        : <Alert type="error" showIcon icon={<CloseCircleFilled />} role="alert" data-testid="audit-proof-bad" data-failure={verdict.failure}
            message={t('audit.proof.bad')} description={t(`audit.proof.${verdict.failure}` as Key)} />}
      <Collapse size="small" style={{ marginTop: 12 }} items={[{ key: 'proof', label: t('audit.proof'), children: (
        <>
          <Descriptions column={1} size="small" items={[
            { key: 'leaf', label: t('audit.proof.leaf'), children: <Hash value={proof.leaf_hash} whole /> },
            { key: 'checkpoint', label: t('audit.proof.checkpoint'), children: <span>{proof.checkpoint.origin} · {proof.checkpoint.size} · <TimeText value={proof.checkpoint.time} /></span> },
            { key: 'root', label: t('home.ledger.root'), children: <Hash value={proof.checkpoint.root} whole /> },
            { key: 'signature', label: t('audit.proof.signature'), children: <Hash value={proof.signature} /> },
            { key: 'key', label: t('audit.proof.key'), children: <Hash value={proof.key_id} /> },
          ]} />
          <Typography.Text strong>{t('audit.proof.path', { count: proof.path.length })}</Typography.Text>
          <ol style={{ paddingInlineStart: 24, margin: '8px 0 0' }}>
            {verdict.steps.map((step, i) => (
              <li key={i} style={{ marginBottom: 8 }}>
                {t('audit.proof.sibling')} ({t(`audit.proof.${step.side}`)}) <Hash value={step.sibling} /><br />
                {t('audit.proof.node')} <Hash value={step.node} />
              </li>
            ))}
          </ol>
        </>
      ) }]} />
    </>
  );
}
