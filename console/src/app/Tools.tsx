// Tools: language and appearance, on the login page and in the header.
import { BulbOutlined, TranslationOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useI18n } from '../i18n/language';
import { THEMES, usePreferences } from './preferences';

export function Tools() {
  const { t, lang, setLang } = useI18n();
  const { theme, setTheme } = usePreferences();
  return (
    <>
      <Button type="text" icon={<TranslationOutlined />} aria-label={t('app.languageLabel')} data-testid="language-switch"
        onClick={() => setLang(lang === 'en' ? 'zh-CN' : 'en')}>{t('app.language')}</Button>
      <Dropdown trigger={['click']} menu={{
        selectable: true, selectedKeys: [theme],
        items: THEMES.map((key) => ({ key, label: t(`app.theme.${key}`) })),
        onClick: ({ key }) => setTheme(THEMES.find((name) => name === key) ?? 'system'),
      }}>
        <Button type="text" icon={<BulbOutlined />} data-testid="theme-switch">{t('app.theme')}</Button>
      </Dropdown>
    </>
  );
}
