// IdleWatch ends an unattended session, with a warning first.
import { Modal } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, client } from '../api/endpoints';
import { useI18n } from '../i18n/language';
import { idleVerdict } from './idle';
import { useSession, useSessionState } from './session';

const ACTIVITY = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

export function IdleWatch() {
  const session = useSession();
  const { leave } = useSessionState();
  const { t } = useI18n();
  const lastActivity = useRef(Date.now());
  const [seconds, setSeconds] = useState<number>();
  useEffect(() => {
    const active = () => { lastActivity.current = Date.now(); };
    ACTIVITY.forEach((name) => addEventListener(name, active, { passive: true }));
    let asking = false;
    const timer = setInterval(() => {
      const verdict = idleVerdict({
        now: Date.now(), lastActivity: lastActivity.current, lastAnswer: client.lastAnswer,
        expires: Date.parse(session.expires), idleSeconds: session.idle_seconds,
      });
      setSeconds(verdict.kind === 'warn' ? verdict.seconds : undefined);
      if (verdict.kind === 'ended') leave(verdict.why);
      if (verdict.kind === 'keep_alive' && !asking) {
        asking = true;
        api.session()
          .catch((error: unknown) => console.warn('keep alive', error))
          .finally(() => { asking = false; });
      }
    }, 1000);
    return () => {
      clearInterval(timer);
      ACTIVITY.forEach((name) => removeEventListener(name, active));
    };
  }, [session, leave]);
  return (
    <Modal open={seconds !== undefined} title={t('idle.title')} okText={t('idle.stay')} cancelText={t('app.logout')}
      onOk={() => { lastActivity.current = Date.now(); setSeconds(undefined); }} onCancel={() => leave('logout')}
      closable={false} maskClosable={false} data-testid="idle-warning">
      <p role="timer">{t('idle.text', { seconds: seconds ?? 0 })}</p>
    </Modal>
  );
}
