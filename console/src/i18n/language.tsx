// LanguageProvider holds the chosen language; useI18n hands out the functions that word things in it.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { eventText, eventTitle, find, translate, type Key, type Lang, type Params } from './translate';

export interface I18n {
  lang: Lang;
  setLang: (lang: Lang) => void;
  t: (key: Key, params?: Params) => string;
  /// Words a code of the API: `family` is the key's beginning, `fallback` words codes that have no sentence.
  code: (family: string, code: string, fallback?: Key) => string;
  title: (type: string) => string;
  text: (type: string, params: Params) => string;
  error: (error: ApiError) => string;
}

const Context = createContext<I18n | undefined>(undefined);
const STORED = 'kw.lang';

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [lang, setLang] = useState<Lang>(() => (localStorage.getItem(STORED) === 'en' ? 'en' : 'zh-CN'));
  useEffect(() => {
    localStorage.setItem(STORED, lang);
    document.documentElement.lang = lang;
    document.title = translate(lang, 'app.name');
  }, [lang]);
  const value = useMemo<I18n>(() => {
    const code = (family: string, word: string, fallback?: Key) =>
      find(lang, `${family}.${word}`) ?? (fallback ? translate(lang, fallback, { code: word }) : word);
    return {
      lang,
      setLang,
      t: (key, params) => translate(lang, key, params),
      code,
      title: (type) => eventTitle(lang, type),
      text: (type, params) => eventText(lang, type, params),
      error: (error) => code('error', error.code, 'error.other'),
    };
  }, [lang]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error('useI18n outside LanguageProvider');
  return value;
}
