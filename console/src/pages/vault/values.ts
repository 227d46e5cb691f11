// Forms that a value has to have, by the type of its datum; the platform's own check is src/matters/value_check.cpp.
import type { Key } from '../../i18n/translate';

interface ValueForm {
  pattern?: RegExp;
  message: Key;
  example?: string;
  words?: string[];
}

export const FORMS: Record<string, ValueForm | undefined> = {
  number: { pattern: /^-?\d{1,18}$/, message: 'vault.form.number' },
  year: { pattern: /^(19|20|21)\d\d$/, message: 'vault.form.year', example: '2026' },
  date: { pattern: /^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, message: 'vault.form.date', example: '2026-11-27' },
  flag: { message: 'common.required', words: ['true', 'false'] },
  sex: { message: 'common.required', words: ['男', '女', '未说明'] },
};

/// filedValues are those that were filled in, without blanks around them.
export function filedValues(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (value ?? '').trim()]).filter(([, value]) => value !== ''));
}
