// Forbidden and NotFound stand where a page may not or cannot be shown.
import { Button, Result } from 'antd';
import { Link } from 'react-router-dom';
import { useI18n } from '../i18n/language';
import { useSession } from '../session/session';

export function Forbidden() {
  const { t } = useI18n();
  const { role } = useSession();
  return (
    <Result status="warning" title={t('forbidden.title')} subTitle={t('forbidden.text', { role: t(`role.${role}`) })}
      data-testid="forbidden" extra={<Link to="/"><Button type="primary">{t('common.backHome')}</Button></Link>} />
  );
}

export function NotFound() {
  const { t } = useI18n();
  return <Result status="warning" title={t('notfound.title')} data-testid="not-found" extra={<Link to="/"><Button type="primary">{t('common.backHome')}</Button></Link>} />;
}
