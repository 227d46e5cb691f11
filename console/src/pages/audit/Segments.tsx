// SegmentsDrawer shows the ledger's closed segments and takes them off this machine: export, then confirm where they are kept.
import { Button, Drawer, Form, Input, Modal, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { ExportConfirmation, LedgerSegment } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { ReasonModal } from '../../components/ReasonModal';
import { useResource } from '../../components/resource';
import { saveFile } from '../../components/saveFile';
import { useI18n } from '../../i18n/language';
import { segmentState } from './segmentState';

export function SegmentsDrawer({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useI18n();
  return (
    <Drawer open={open} onClose={close} width={860} destroyOnHidden title={t('audit.segments')} data-testid="segments-drawer">
      {open && <Segments />}
    </Drawer>
  );
}

function Segments() {
  const { t } = useI18n();
  const list = useResource(api.segments, []);
  const [exporting, setExporting] = useState<LedgerSegment>();
  const [confirming, setConfirming] = useState<LedgerSegment>();
  const action = useAction();
  const take = (purpose: string) => exporting && void action.run(() => api.bundle(exporting.number, purpose), t('common.done'), ({ blob }) => {
    saveFile(blob, `segment-${exporting.number}.kwbundle`);
    setExporting(undefined);
    list.reload();
  });
  const confirm = (body: ExportConfirmation) => confirming && void action.run(() => api.confirmExport(confirming.number, body), t('common.done'), () => {
    setConfirming(undefined);
    list.reload();
  });
  return (
    <>
      <Typography.Paragraph type="secondary">{t('audit.segments.text')}</Typography.Paragraph>
      <ErrorView error={list.error} retry={list.reload} />
      <Table<LedgerSegment> rowKey="number" size="small" loading={list.loading && !list.data} dataSource={list.data?.items ?? []} locale={{ emptyText: t('audit.segments.empty') }}
        onRow={(s) => ({ 'data-testid': `segment-${s.number}`, 'data-state': segmentState(s) }) as object}
        columns={[
          { title: t('audit.segments.number'), dataIndex: 'number', align: 'right' },
          { title: t('audit.segments.range'), key: 'range', render: (_, s) => `${s.first} – ${s.end - 1}` },
          { title: t('audit.segments.newest'), key: 'newest', render: (_, s) => <TimeText value={s.newest} /> },
          { title: t('audit.segments.state'), key: 'state', render: (_, s) => <Tag>{t(`audit.segments.${segmentState(s)}`)}</Tag> },
          { title: t('audit.segments.place'), key: 'place', render: (_, s) => <span style={{ overflowWrap: 'anywhere' }}>{s.place || '—'}</span> },
          { title: t('common.actions'), key: 'actions', render: (_, s) => (
            <Space>
              {!s.removed && <Button size="small" onClick={() => setExporting(s)} data-testid={`segment-export-${s.number}`}>{t('audit.segments.export')}</Button>}
              {segmentState(s) === 'exported' && <Button size="small" onClick={() => setConfirming(s)} data-testid={`segment-confirm-${s.number}`}>{t('audit.segments.confirm')}</Button>}
            </Space>
          ) },
        ]} />
      <ReasonModal open={!!exporting} busy={action.busy} title={t('audit.segments.export')} text={t('audit.segments.exportText')}
        onCancel={() => setExporting(undefined)} onSubmit={take} />
      <ConfirmModal open={!!confirming} busy={action.busy} onCancel={() => setConfirming(undefined)} onSubmit={confirm} />
    </>
  );
}

function ConfirmModal({ open, busy, onSubmit, onCancel }: { open: boolean; busy: boolean; onSubmit: (body: ExportConfirmation) => void; onCancel: () => void }) {
  const { t } = useI18n();
  const [form] = Form.useForm<ExportConfirmation>();
  const required = { required: true, whitespace: true, message: t('common.required') };
  return (
    <Modal open={open} title={t('audit.segments.confirm')} onCancel={onCancel} onOk={() => form.submit()} confirmLoading={busy} destroyOnHidden
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'segment-confirm-submit' } }}>
      <Typography.Paragraph type="secondary">{t('audit.segments.confirmText')}</Typography.Paragraph>
      <Form form={form} layout="vertical" preserve={false} onFinish={({ digest, place }) => onSubmit({ digest: digest.trim().toLowerCase(), place: place.trim() })}>
        <Form.Item name="place" label={t('audit.segments.place')} rules={[required, { max: 200, message: t('common.tooLong', { max: 200 }) }]}>
          <Input maxLength={200} autoFocus data-testid="segment-place" />
        </Form.Item>
        <Form.Item name="digest" label={t('audit.segments.digest')} rules={[required, { pattern: /^\s*[0-9a-fA-F]{64}\s*$/, message: t('audit.segments.digestForm') }]}>
          <Input maxLength={80} data-testid="segment-digest" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
