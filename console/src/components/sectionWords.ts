// useSectionWords words a section of the defence; what has no sentence yet is shown by its own name.
import { useMemo } from 'react';
import { useI18n } from '../i18n/language';

export interface SectionWords {
  title: string;
  text: string;
  /// Keys are section.<name>.field.<path with dots>, without the numbers of rows.
  field: (path: string[]) => string;
  /// section.<name>.field.<path>.<word>; the modes are worded once for all.
  word: (path: string[], word: string) => string;
  /// section.<name>.action.<action> and section.<name>.action.<action>.<arg>
  action: (name: string) => string;
  arg: (action: string, name: string) => string;
  unset: string;
  lines: string;
}

export function useSectionWords(section: string): SectionWords {
  const { t, code } = useI18n();
  return useMemo(() => {
    const own = (key: string, otherwise: string) => {
      const found = code(`section.${section}`, key);
      return found === key ? otherwise : found;
    };
    return {
      title: own('title', section),
      text: own('text', ''),
      field: (path) => own(`field.${path.join('.')}`, path.join('.') === 'mode' ? t('policy.mode') : path[path.length - 1] ?? ''),
      word: (path, word) => own(`field.${path.join('.')}.${word}`, path.join('.') === 'mode' ? code('policy.mode', word) : word),
      action: (name) => own(`action.${name}`, name),
      arg: (action, name) => own(`action.${action}.${name}`, name),
      unset: t('policy.defence.unset'),
      lines: t('policy.defence.lines'),
    };
  }, [section, t, code]);
}
