// Profiles: what audit export sends where; shipped ones and files to read, saved ones to edit, check and save.
import { Alert, Button, Card, Drawer, Input, Space, Table, Typography } from 'antd';
import { useState } from 'react';
import { api, isHeld } from '../../api/endpoints';
import type { ExportProfile, ExportProfileCheck } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, Hash, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { can } from '../../session/roles';
import { useSession } from '../../session/session';
import { parsedAs } from './profileText';

/// What is in the drawer: the version it began with (0: a new profile), and whether it may be written.
interface Opened { title: string; base: number; text: string; writable: boolean }

export default function Profiles({ changed }: { changed: () => void }) {
  const { t, code } = useI18n();
  const session = useSession();
  const list = useResource(api.exportProfiles, []);
  const [opened, setOpened] = useState<Opened>();
  const items = list.data?.items ?? [];
  const write = can(session, 'saveExportProfile');
  const open = (p: ExportProfile) => setOpened({ title: p.name, base: p.version, text: p.text, writable: write && p.source === 'saved' });
  return (
    <Card style={{ marginTop: 16 }} title={t('exports.profiles')}
      extra={write && <Button onClick={() => setOpened({ title: t('exports.newProfile'), base: 0, text: '', writable: true })} data-testid="profile-new">{t('exports.newProfile')}</Button>}>
      <Typography.Paragraph type="secondary">{t('exports.profilesText')}</Typography.Paragraph>
      <ErrorView error={list.error} retry={list.reload} />
      <Table<ExportProfile> rowKey={(p) => `${p.source} ${p.name}`} size="small" loading={list.loading && !list.data} dataSource={items} pagination={false} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('exports.name'), key: 'name', render: (_, p) => (
            <Button type="link" style={{ padding: 0, height: 'auto' }} onClick={() => open(p)} data-testid={`profile-${p.source}-${p.name}`}>{p.name}</Button>
          ) },
          { title: t('exports.source'), key: 'source', render: (_, p) => code('exports.sources', p.source) },
          { title: t('exports.version'), key: 'version', align: 'right', render: (_, p) => p.version || '—' },
          { title: t('exports.address'), key: 'address', render: (_, p) => p.address || <Typography.Text type="danger">{p.problem}</Typography.Text> },
          { title: t('exports.digest'), key: 'digest', render: (_, p) => <Hash value={p.digest} /> },
          { title: t('exports.savedBy'), key: 'by', render: (_, p) => (p.saved_by ? <>{p.saved_by} <TimeText value={p.saved} /></> : '—') },
        ]} />
      {opened && (
        <Editor key={`${opened.title} ${opened.base} ${opened.writable}`} opened={opened} close={() => setOpened(undefined)}
          begin={write ? (text) => setOpened({ title: t('exports.newProfile'), base: 0, text, writable: true }) : undefined}
          saved={() => { setOpened(undefined); list.reload(); changed(); }} versions={items} />
      )}
    </Card>
  );
}

function Editor({ opened, close, begin, saved, versions }: {
  opened: Opened; close: () => void; begin: ((text: string) => void) | undefined; saved: () => void; versions: ExportProfile[];
}) {
  const { t } = useI18n();
  const [text, setText] = useState(opened.text);
  const [verdict, setVerdict] = useState<ExportProfileCheck>();
  const [asking, setAsking] = useState(false);
  const action = useAction();
  const check = () => { void action.run(() => api.checkExportProfile(text), '', setVerdict); };
  const submit = (reason: string) => {
    void action.run(() => api.saveExportProfile({ base: opened.base || parsedAs(text, versions), text, reason }), (done) => t(isHeld(done) ? 'requests.held' : 'exports.done.save'), () => { setAsking(false); saved(); });
  };
  return (
    <Drawer open onClose={close} width={820} title={opened.title} destroyOnHidden
      extra={(
        <Space>
          {!opened.writable && begin && <Button onClick={() => begin(opened.text)} data-testid="profile-begin">{t('exports.useAsStart')}</Button>}
          {opened.writable && <Button onClick={check} loading={action.busy} data-testid="profile-check">{t('exports.check')}</Button>}
          {opened.writable && <Button type="primary" onClick={() => setAsking(true)} disabled={text === opened.text && opened.base > 0} data-testid="profile-save">{t('exports.save')}</Button>}
        </Space>
      )}>
      {verdict?.ok && <Alert type="success" showIcon message={t('exports.checkGood')} style={{ marginBottom: 8 }} data-testid="profile-good" />}
      {verdict?.problems.map((p) => (
        <Alert key={`${p.line} ${p.key}`} type="error" showIcon style={{ marginBottom: 8 }} data-testid="profile-problem" data-line={p.line}
          message={p.line > 0 ? t('exports.problemAt', { line: p.line }) : t('exports.problem')} description={p.key ? `${p.key}: ${p.reason}` : p.reason} />
      ))}
      <Input.TextArea aria-label={t('exports.text')} value={text} readOnly={!opened.writable} rows={30} spellCheck={false} data-testid="profile-text"
        style={{ fontFamily: 'monospace', whiteSpace: 'pre', overflowX: 'auto' }} onChange={(e) => { setText(e.target.value); setVerdict(undefined); }} />
      <ReasonModal open={asking} title={t('exports.save')} text={t('exports.ask.save')} busy={action.busy} onSubmit={submit} onCancel={() => setAsking(false)} />
    </Drawer>
  );
}
