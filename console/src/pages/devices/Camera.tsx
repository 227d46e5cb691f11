// Camera is what a kiosk's camera may be asked for, what waits for a second person, and what has come.
import { Alert, Button, Form, Input, Modal, Select, Skeleton, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { MediaInfo, RequestInfo } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { localTime } from '../../components/time';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { saveFile } from '../../components/saveFile';
import { useSectionWords } from '../../components/sectionWords';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { may } from '../../session/roles';
import { useSession } from '../../session/session';
import { LiveView } from './LiveView';
import { fileName, showsAs, type Shows } from './records';
import { mayDecide, mayLook, secondsOf } from './requests';

type Kind = 'snapshot' | 'live' | 'clip';
interface Looking { order: string; seconds: number; purpose: string }
const plain = { size: 'small', pagination: { hideOnSinglePage: true, pageSize: 20, showSizeChanger: false }, scroll: { x: 'max-content' } } as const;

export function Camera({ device, disabled }: { device: string; disabled: boolean }) {
  const { t } = useI18n();
  const { role } = useSession();
  const seer = may(role, 'askAction'), lists = may(role, 'listMedia');
  const requests = useResource((o) => api.requests({ ...o, query: { device } }), [device]);
  const media = useResource(async (o) => (lists ? api.media(device, o) : { items: [] }), [device, lists]);
  const [asking, setAsking] = useState<Kind>();
  const [looking, setLooking] = useState<Looking>();
  const reload = () => { requests.reload(); media.reload(); };
  useLiveMessages((message) => {
    if (message.kind !== 'device' || message.device.id !== device) return;
    requests.reloadSoon();
    media.reloadSoon();
  });
  const error = requests.error ?? media.error;
  return (
    <Space direction="vertical" size="middle" style={{ width: '100%' }} data-testid="camera">
      <Alert type="info" showIcon message={t('camera.text')} />
      {seer && (
        <Space wrap>
          {(['snapshot', 'live', 'clip'] as const).map((kind) => <Button key={kind} type={kind === 'snapshot' ? 'primary' : 'default'} disabled={disabled} onClick={() => setAsking(kind)} data-testid={`camera-${kind}`}>{t(`camera.${kind}`)}</Button>)}
        </Space>
      )}
      <ErrorView error={error} retry={reload} />
      {!requests.data && !error && <Skeleton active />}
      {requests.data && (
        <>
          <Typography.Title level={5}>{t('camera.requests')}</Typography.Title>
          <Requests items={requests.data.items.filter((r) => r.section)} media={media.data?.items ?? []} changed={reload} look={setLooking} />
        </>
      )}
      {lists && media.data && (
        <>
          <Typography.Title level={5}>{t('camera.records')}</Typography.Title>
          <Records items={media.data.items} />
        </>
      )}
      {asking && <Ask device={device} kind={asking} close={() => setAsking(undefined)} asked={(request, purpose) => {
        setAsking(undefined);
        reload();
        if (request.action === 'live' && request.order) setLooking({ order: request.order, seconds: secondsOf(request), purpose });
      }} />}
      {looking && <LiveView {...looking} close={() => { setLooking(undefined); reload(); }} />}
    </Space>
  );
}

interface Wanted { seconds?: number; from?: string; until?: string; reason: string }

function Ask({ device, kind, close, asked }: { device: string; kind: Kind; close: () => void; asked: (request: RequestInfo, purpose: string) => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<Wanted>();
  const action = useAction();
  const utc = (local: string | undefined) => (local ? new Date(local).toISOString() : '');
  const submit = (wanted: Wanted) => {
    const args: Record<string, string> = kind === 'live' ? { seconds: String(wanted.seconds ?? 60) } : kind === 'clip' ? { from: utc(wanted.from), until: utc(wanted.until) } : {};
    const reason = wanted.reason.trim();
    return action.run(() => api.ask(device, { section: 'camera', action: kind, args, reason }),
      (request) => t(request.state === 'waiting' ? 'camera.waits' : 'camera.asked'), (request) => asked(request, reason));
  };
  const required = { required: true, whitespace: true, message: t('common.required') };
  return (
    <Modal open title={t(`camera.ask.${kind}`)} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'camera-submit' } }}>
      <Typography.Paragraph type="secondary">{t('camera.ask.text')}</Typography.Paragraph>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ seconds: 60 }} onFinish={(wanted) => void submit(wanted)}>
        {kind === 'live' && (
          <Form.Item name="seconds" label={t('camera.seconds')}>
            <Select options={[30, 60, 120, 300].map((value) => ({ value, label: t('camera.secondsValue', { count: value }) }))} data-testid="camera-seconds" />
          </Form.Item>
        )}
        {kind === 'clip' && (
          <>
            <Form.Item name="from" label={t('camera.from')} rules={[required]}><Input type="datetime-local" step={1} data-testid="camera-from" /></Form.Item>
            <Form.Item name="until" label={t('camera.until')} dependencies={['from']} rules={[required, ({ getFieldValue }) => ({
              validator: (_, value: string) => (!value || value > (getFieldValue('from') as string) ? Promise.resolve() : Promise.reject(new Error(t('camera.order')))),
            })]}><Input type="datetime-local" step={1} data-testid="camera-until" /></Form.Item>
          </>
        )}
        <Form.Item name="reason" label={t('common.reason')} rules={[required, { max: 200, message: t('common.tooLong', { max: 200 }) }]}>
          <Input.TextArea rows={3} autoFocus showCount maxLength={200} placeholder={t('common.reasonPlaceholder')} data-testid="camera-reason" />
        </Form.Item>
      </Form>
    </Modal>
  );
}

const REQUEST_COLOR: Record<RequestInfo['state'], string> = { waiting: 'processing', approved: 'success', rejected: 'error', lapsed: 'default' };

function Requests({ items, media, changed, look }: { items: RequestInfo[]; media: MediaInfo[]; changed: () => void; look: (looking: Looking) => void }) {
  const { t } = useI18n();
  const { account, role } = useSession();
  const [asked, setAsked] = useState<{ request: RequestInfo; what: 'approve' | 'reject' }>();
  const [purpose, setPurpose] = useState<RequestInfo>();
  const action = useAction();
  const decide = (reason: string) => asked && action.run(
    () => (asked.what === 'approve' ? api.approveRequest : api.rejectRequest)(asked.request.id, reason),
    t(asked.what === 'approve' ? 'camera.request.approvedDone' : 'camera.request.rejectedDone'), () => { setAsked(undefined); changed(); });
  return (
    <>
      <Table<RequestInfo> {...plain} rowKey="id" dataSource={items} locale={{ emptyText: t('camera.requests.empty') }}
        onRow={(r) => ({ 'data-testid': `request-row-${r.id}`, 'data-state': r.state }) as object}
        columns={[
          { title: t('camera.request.what'), key: 'what', render: (_, r) => <What request={r} /> },
          { title: t('devices.state'), key: 'state', render: (_, r) => <Tag color={REQUEST_COLOR[r.state]}>{t(`camera.request.${r.state}`)}</Tag> },
          { title: t('camera.request.by'), dataIndex: 'asked_by' },
          { title: t('camera.request.at'), key: 'asked', render: (_, r) => <TimeText value={r.asked} /> },
          { title: t('common.reason'), dataIndex: 'reason' },
          { title: t('camera.request.decision'), key: 'decision', render: (_, r) => (r.decided_by ? `${r.decided_by}: ${r.decision}` : r.state === 'approved' ? t('camera.request.alone') : '—') },
          { title: t('common.actions'), key: 'actions', fixed: 'right', render: (_, r) => {
            const able = mayDecide(r, account, role);
            return (
              <Space>
                {able.approve && <Button size="small" type="primary" onClick={() => setAsked({ request: r, what: 'approve' })} data-testid={`request-approve-${r.id}`}>{t('camera.request.approve')}</Button>}
                {able.reject && <Button size="small" danger onClick={() => setAsked({ request: r, what: 'reject' })} data-testid={`request-reject-${r.id}`}>{t(able.approve ? 'camera.request.reject' : 'camera.request.takeBack')}</Button>}
                {mayLook(r, media, role, Date.now()) && <Button size="small" onClick={() => setPurpose(r)} data-testid={`request-look-${r.id}`}>{t('camera.look')}</Button>}
              </Space>
            );
          } },
        ]} />
      <ReasonModal open={!!asked} danger={asked?.what === 'reject'} busy={action.busy}
        title={asked ? t(`camera.request.${asked.what}`) : ''} text={asked ? t(`camera.request.${asked.what}Text`) : ''}
        onCancel={() => setAsked(undefined)} onSubmit={(reason) => void decide(reason)} />
      <ReasonModal open={!!purpose} busy={false} title={t('camera.look.title')} text={t('camera.record.openText')} onCancel={() => setPurpose(undefined)}
        onSubmit={(why) => { if (purpose) look({ order: purpose.order, seconds: secondsOf(purpose), purpose: why }); setPurpose(undefined); }} />
    </>
  );
}

function What({ request }: { request: RequestInfo }) {
  const { t } = useI18n();
  const words = useSectionWords(request.section);
  // The form's short words: those of the action say how a value is to be written.
  const shown = (name: string, value: string) => (name === 'seconds' ? t('camera.secondsValue', { count: Number(value) }) : localTime(value) || value);
  const label = (name: string) => (name === 'seconds' || name === 'from' || name === 'until' ? t(`camera.${name}`) : words.arg(request.action, name));
  const args = Object.entries(request.args).map(([name, value]) => `${label(name)}: ${shown(name, value)}`).join(', ');
  return <span>{words.action(request.action)}{args && <><br /><small>{args}</small></>}</span>;
}

const MEDIA_COLOR: Record<MediaInfo['state'], string> = { arriving: 'processing', complete: 'success', incomplete: 'error', ended: 'default', removed: 'default' };
interface Shown { url: string; watermark: string; how: Shows; name: string; media: MediaInfo }

function Records({ items }: { items: MediaInfo[] }) {
  const { t } = useI18n();
  const { role } = useSession();
  const [opening, setOpening] = useState<MediaInfo>();
  const [shown, setShown] = useState<Shown>();
  const action = useAction();
  const open = (purpose: string) => opening && action.run(async () => {
    const { blob, watermark } = await api.mediaContent(opening.id, purpose);
    const how = showsAs(blob.type, (type) => document.createElement('video').canPlayType(type));
    // The content security policy lets pictures come as data: and films as blob: addresses; a film may be large.
    return { url: how === 'film' ? URL.createObjectURL(blob) : await dataUrl(blob), watermark, how, name: fileName(opening.id, blob.type), media: opening };
  }, t('common.done'), (content) => { setOpening(undefined); setShown(content); });
  // What verifies without a key: `kioskward verify vault-file ID.sealed --statement ID.pem --key ledger.pem`.
  const save = (media: MediaInfo, what: 'sealed' | 'statement') => void action.run(
    () => (what === 'sealed' ? api.mediaSealed : api.mediaStatement)(media.id), t('common.done'),
    ({ blob }) => saveFile(blob, `${media.id}.${what === 'sealed' ? 'sealed' : 'pem'}`));
  const close = () => {
    if (shown?.how === 'film') URL.revokeObjectURL(shown.url);
    setShown(undefined);
  };
  return (
    <>
      <Table<MediaInfo> {...plain} rowKey="id" dataSource={items} locale={{ emptyText: t('camera.records.empty') }}
        onRow={(m) => ({ 'data-testid': `media-row-${m.id}`, 'data-state': m.state }) as object}
        columns={[
          { title: t('camera.record.kind'), key: 'kind', render: (_, m) => t(`camera.kind.${m.kind}`) },
          { title: t('devices.state'), key: 'state', render: (_, m) => <Tag color={MEDIA_COLOR[m.state]}>{t(`camera.state.${m.state}`)}</Tag> },
          { title: t('camera.record.taken'), key: 'taken', render: (_, m) => <TimeText value={m.taken} /> },
          { title: t('camera.record.by'), dataIndex: 'asked_by' },
          { title: t('camera.record.purpose'), dataIndex: 'purpose' },
          { title: t('camera.record.size'), key: 'size', render: (_, m) => (m.kind === 'live' ? t('camera.record.frames', { count: m.pieces }) : t('camera.record.octets', { count: m.octets })) },
          { title: t('camera.record.keptUntil'), key: 'kept', render: (_, m) => (m.kept_until ? <TimeText value={m.kept_until} /> : '—') },
          { title: t('common.actions'), key: 'open', render: (_, m) => m.state === 'complete' && (
            <Space>
              {may(role, 'getMediaContent') && <Button size="small" onClick={() => setOpening(m)} data-testid={`media-open-${m.id}`}>{t('camera.record.open')}</Button>}
              {may(role, 'getMediaSealed') && <Button size="small" disabled={action.busy} onClick={() => save(m, 'sealed')} data-testid={`media-sealed-${m.id}`}>{t('camera.record.sealed')}</Button>}
              {may(role, 'getMediaStatement') && <Button size="small" disabled={action.busy} onClick={() => save(m, 'statement')} data-testid={`media-statement-${m.id}`}>{t('camera.record.statement')}</Button>}
            </Space>
          ) },
        ]} />
      <ReasonModal open={!!opening} busy={action.busy} title={t('camera.record.open')} text={t('camera.record.openText')}
        onCancel={() => setOpening(undefined)} onSubmit={(purpose) => void open(purpose)} />
      <Modal open={!!shown} onCancel={close} width={820} destroyOnHidden title={shown && t(`camera.kind.${shown.media.kind}`)} data-testid="media-shown"
        footer={shown && <Space><a href={shown.url} download={shown.name} data-testid="media-save">{t('camera.record.save')}</a><Button onClick={close} data-testid="media-close">{t('common.close')}</Button></Space>}>
        {shown && <RecordView shown={shown} />}
      </Modal>
    </>
  );
}

function RecordView({ shown: { url, watermark, how, media } }: { shown: Shown }) {
  const { t } = useI18n();
  const [broken, setBroken] = useState(false);
  const mark = <span className="kw-mark">{watermark}</span>;
  return (
    <Space direction="vertical" style={{ width: '100%' }}>
      <Typography.Text type="secondary">
        {t('camera.record.taken')}: <TimeText value={media.taken} /> · {t('camera.record.by')}: {media.asked_by} · {t('camera.record.purpose')}: {media.purpose}
      </Typography.Text>
      {how === 'picture' && <div className="kw-marked"><img src={url} alt={t('camera.kind.snapshot')} className="kw-picture" data-testid="media-picture" />{mark}</div>}
      {how === 'film' && !broken && (
        <div className="kw-marked">
          <video src={url} controls autoPlay muted playsInline disablePictureInPicture className="kw-picture" onError={() => setBroken(true)} data-testid="media-film" />
          {mark}
        </div>
      )}
      {(how === 'file' || broken) && <Alert type="info" showIcon message={t(broken ? 'camera.record.broken' : 'camera.record.noPicture')} description={watermark} data-testid="media-unplayable" />}
    </Space>
  );
}

/// A data: address, because the content security policy has no room for blob: ones.
function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('read'));
    reader.readAsDataURL(blob);
  });
}
