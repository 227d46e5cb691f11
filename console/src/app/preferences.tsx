// PreferencesProvider holds light or dark, as chosen here or by the system, and gives antd theme and language.
import { App as AntApp, ConfigProvider, theme } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useI18n } from '../i18n/language';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const Context = createContext<{ theme: Theme; setTheme: (theme: Theme) => void; dark: boolean } | undefined>(undefined);
const STORED = 'kw.theme';
// On light ground antd's own green and amber are too pale for text (WCAG 2.1 asks 4.5:1).
const READABLE = {
  colorSuccess: '#217a16', colorSuccessBg: '#effaea', colorSuccessBorder: '#a8d899',
  colorWarning: '#a15c00', colorWarningBg: '#fff8e6', colorWarningBorder: '#efcd8b',
  colorError: '#c8161d', colorErrorBg: '#fff1f0', colorErrorBorder: '#ffb1ab',
};
const DARK = '(prefers-color-scheme: dark)';

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { lang } = useI18n();
  const [chosen, setTheme] = useState<Theme>(() => THEMES.find((t) => t === localStorage.getItem(STORED)) ?? 'system');
  const [systemDark, setSystemDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const media = matchMedia(DARK);
    const changed = () => setSystemDark(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, []);
  const dark = chosen === 'dark' || (chosen === 'system' && systemDark);
  useEffect(() => {
    localStorage.setItem(STORED, chosen);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [chosen, dark]);
  dayjs.locale(lang === 'en' ? 'en' : 'zh-cn');
  const value = useMemo(() => ({ theme: chosen, setTheme, dark }), [chosen, dark]);
  const fontFamily = "-apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif";
  return (
    <Context.Provider value={value}>
      <ConfigProvider
        locale={lang === 'en' ? en : zh}
        button={{ autoInsertSpace: false }}
        theme={{
          algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
          token: { colorPrimary: dark ? '#5b9bf0' : '#1d5fb8', colorInfo: dark ? '#5b9bf0' : '#1d5fb8', colorLink: dark ? '#7ab2ff' : '#1d5fb8', borderRadius: 4, fontFamily, ...(!dark && READABLE) },
          components: { Layout: { headerBg: dark ? '#141414' : '#ffffff', headerPadding: '0 20px', headerHeight: 56, siderBg: dark ? '#141414' : '#ffffff' } },
        }}
      >
        <AntApp message={{ maxCount: 3 }}>{children}</AntApp>
      </ConfigProvider>
    </Context.Provider>
  );
}

export function usePreferences() {
  const value = useContext(Context);
  if (!value) throw new Error('usePreferences outside PreferencesProvider');
  return value;
}
