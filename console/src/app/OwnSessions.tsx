// OwnSessions shows where one is logged in oneself, and ends it there.
import { Modal } from 'antd';
import { api } from '../api/endpoints';
import { SessionTable } from '../components/SessionTable';
import { useI18n } from '../i18n/language';

export function OwnSessions({ close }: { close: () => void }) {
  const { t } = useI18n();
  return (
    <Modal open title={t('sessions.own')} onCancel={close} footer={null} width={760} data-testid="own-sessions">
      <SessionTable load={api.ownSessions} end={api.endOwnSession} />
    </Modal>
  );
}
