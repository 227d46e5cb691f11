// translate finds a sentence in the language files and puts its parameters in. Beside the console's own two files each
// part of the kiosk's defence words its events and policy fields in sections/<part>.<language>.json.
import en from './en.json';
import zh from './zh-CN.json';

export type Lang = 'zh-CN' | 'en';
export type Key = keyof typeof zh;
export type Params = Record<string, string | number>;

type Sentences = Record<string, string>;
const parts = import.meta.glob<Sentences>('./sections/*.json', { eager: true, import: 'default' });
const partsIn = (lang: Lang) => Object.entries(parts).filter(([file]) => file.endsWith(`.${lang}.json`)).map(([, part]) => part);

/// FILES holds every sentence by language.
export const FILES: Record<Lang, Sentences> = { 'zh-CN': Object.assign({}, zh, ...partsIn('zh-CN')), en: Object.assign({}, en, ...partsIn('en')) };

/// find looks a key up that is made at run time (an event type, an error word); undefined when there is none.
export function find(lang: Lang, key: string): string | undefined {
  return Object.prototype.hasOwnProperty.call(FILES[lang], key) ? FILES[lang][key] : undefined;
}

/// fill puts parameters in; one that is missing or empty reads as "—".
export function fill(sentence: string, params: Params = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.prototype.hasOwnProperty.call(params, name) ? params[name] : undefined;
    return value === undefined || value === '' ? '—' : String(value);
  });
}

export function translate(lang: Lang, key: Key, params?: Params): string {
  return fill(find(lang, key) ?? key, params);
}

/// eventTitle and eventText word an event or alarm; a type from a newer server shows its code and parameters.
export function eventTitle(lang: Lang, type: string): string {
  return find(lang, `event.${type}.title`) ?? type;
}
export function eventText(lang: Lang, type: string, params: Params): string {
  const sentence = find(lang, `event.${type}.text`);
  if (sentence) return fill(sentence, params);
  return Object.entries(params).map(([name, value]) => `${name}=${value}`).join(' ');
}
