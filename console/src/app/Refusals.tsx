// Forbidden and NotFound stand where a page may not or cannot be shown.
import { Button, Result } from 'antd';
import { Link } from 'react-router-dom';
import { useI18n } from '../i18n/language';
import { useSession } from '../session/session';

export function Forbidden() {
  const { t } = useI18n();
  const { role } = useSession();
  return (
    <div data-testid="forbidden">
      <Result status="warning" title={t('forbidden.title')} subTitle={t('forbidden.text', { role: t(`role.${role}`) })}
        extra={<Link to="/"><Button type="primary">{t('common.backHome')}</Button></Link>} />
    </div>
  );
}

export function NotFound() {
  const { t } = useI18n();
  return (
    <div data-testid="not-found">
      <Result status="warning" title={t('notfound.title')} extra={<Link to="/"><Button type="primary">{t('common.backHome')}</Button></Link>} />
    </div>
  );
}
