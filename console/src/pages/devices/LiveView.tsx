// LiveView shows a live view frame by frame: how long it lasts, that it is recorded, and who looks, across the picture.
import { Alert, Button, Modal, Space, Spin, Tag, Typography } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api/endpoints';
import { useAction } from '../../components/action';
import { useI18n } from '../../i18n/language';
import { LiveFrames, lookAddress, secondsLeft, type LookState } from '../../live/frames';
import { useSession } from '../../session/session';

interface Props { order: string; seconds: number; purpose: string; close: () => void }

export function LiveView({ order, seconds, purpose, close }: Props) {
  const { t } = useI18n();
  const { account } = useSession();
  const [state, setState] = useState<LookState>('connecting');
  const [left, setLeft] = useState(seconds);
  const canvas = useRef<HTMLCanvasElement>(null);
  const began = useRef(0);
  const action = useAction();
  useEffect(() => {
    const look = new LiveFrames({
      open: () => new WebSocket(lookAddress(order, purpose)),
      onState: setState,
      onFrame: (jpeg) => {
        if (!began.current) began.current = Date.now();
        void draw(canvas.current, jpeg, `${account} ${new Date().toISOString().slice(0, 19)}Z`);
      },
    });
    look.start();
    const timer = setInterval(() => { if (began.current) setLeft(secondsLeft(began.current, seconds, Date.now())); }, 250);
    return () => { clearInterval(timer); look.stop(); };
  }, [order, purpose, seconds, account]);
  const going = state === 'connecting' || state === 'showing';
  const end = () => action.run(() => api.endLive(order, t('camera.look.endReason')), t('camera.look.ended'));
  return (
    <Modal open onCancel={close} width={760} destroyOnHidden maskClosable={false} title={t('camera.look.title')} data-testid="live-view"
      footer={<Space>
        {going && <Button danger loading={action.busy} onClick={() => void end()} data-testid="live-end">{t('camera.look.end')}</Button>}
        <Button onClick={close} data-testid="live-close">{t('common.close')}</Button>
      </Space>}>
      <Space direction="vertical" style={{ width: '100%' }}>
        <Alert type="warning" showIcon message={t('camera.look.notice')} data-testid="live-notice" />
        {state === 'connecting' && <div><Spin size="small" /> <Typography.Text type="secondary">{t('camera.look.waiting')}</Typography.Text></div>}
        {state === 'showing' && <Tag color="error" data-testid="live-left">{t('camera.look.left', { count: left })}</Tag>}
        {state === 'over' && <Alert type="info" showIcon message={t('camera.look.over')} data-testid="live-over" />}
        {state === 'broken' && <Alert type="error" showIcon role="alert" message={t('camera.look.broken')} data-testid="live-broken" />}
        <canvas ref={canvas} width={640} height={360} role="img" aria-label={t('camera.look.title')} className="kw-picture" hidden={state !== 'showing'} data-testid="live-canvas" />
      </Space>
    </Modal>
  );
}

/// draw puts a frame and who looks at it on the canvas; a frame that is no picture is passed over.
async function draw(canvas: HTMLCanvasElement | null, jpeg: ArrayBuffer, mark: string): Promise<void> {
  const picture = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' })).catch((error: unknown) => {
    console.warn('live view: frame', error);
    return undefined;
  });
  const context = canvas?.getContext('2d');
  if (!picture || !canvas || !context) return;
  canvas.width = picture.width;
  canvas.height = picture.height;
  context.drawImage(picture, 0, 0);
  picture.close();
  context.font = `${Math.max(14, Math.round(canvas.height / 24))}px sans-serif`;
  context.fillStyle = 'rgba(255, 255, 255, 0.7)';
  context.strokeStyle = 'rgba(0, 0, 0, 0.5)';
  context.strokeText(mark, 12, canvas.height - 14);
  context.fillText(mark, 12, canvas.height - 14);
}
