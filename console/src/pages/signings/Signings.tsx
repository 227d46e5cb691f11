// Signings: what persons sign with keys of their own before a kiosk obeys, whose signatures those are, and the keys.
import { Tabs } from 'antd';
import { PageTitle } from '../../components/basics';
import { useI18n } from '../../i18n/language';
import { Keys } from './Keys';
import { Rule } from './Rule';
import { Waiting } from './Waiting';

export default function Signings() {
  const { t } = useI18n();
  return (
    <>
      <PageTitle>{t('menu.signings')}</PageTitle>
      <Tabs items={[
        { key: 'waiting', label: <span data-testid="signings-tab-waiting">{t('signings.waiting')}</span>, children: <Waiting /> },
        { key: 'rule', label: <span data-testid="signings-tab-rule">{t('persons.rule')}</span>, children: <Rule /> },
        { key: 'keys', label: <span data-testid="signings-tab-keys">{t('keys.title')}</span>, children: <Keys /> },
      ]} />
    </>
  );
}
