// diffSections lists what changes between the sections of two policies, field by field, in the order of the form.
import type { Defence, SectionField, SectionForms } from '../api/types';
import { briefOf, sectionOf, valuesOf } from './sections';

/// `path` is the field's, with dots, as its label's key has it. Elements of lists come and go whole.
export type SectionChange =
  | { kind: 'field'; section: string; path: string; from: unknown; to: unknown }
  | { kind: 'added' | 'removed'; section: string; path: string; element: string };

const text = (value: unknown) => JSON.stringify(value);

function diffElements(section: string, path: string, from: unknown[], to: unknown[]): SectionChange[] {
  const gone = [...from];
  const come: unknown[] = [];
  for (const element of to) {
    const at = gone.findIndex((g) => text(g) === text(element));
    if (at >= 0) gone.splice(at, 1);
    else come.push(element);
  }
  return [
    ...come.map((e): SectionChange => ({ kind: 'added', section, path, element: briefOf(e) })),
    ...gone.map((e): SectionChange => ({ kind: 'removed', section, path, element: briefOf(e) })),
  ];
}

function diffFields(section: string, prefix: string, fields: SectionField[], from: Record<string, unknown>, to: Record<string, unknown>): SectionChange[] {
  return fields.flatMap((field): SectionChange[] => {
    const path = prefix + field.name;
    const [a, b] = [from[field.name], to[field.name]];
    if (text(a) === text(b)) return [];
    if (field.list) return diffElements(section, path, a as unknown[], b as unknown[]);
    if (field.type === 'object') return diffFields(section, `${path}.`, field.fields ?? [], a as Record<string, unknown>, b as Record<string, unknown>);
    return [{ kind: 'field', section, path, from: a, to: b }];
  });
}

/// A section that is absent is one that is off and holds nothing: turning it on tells what it holds then.
export function diffSections(forms: SectionForms, from: Defence, to: Defence): SectionChange[] {
  return Object.entries(forms).flatMap(([name, form]) => {
    const whole = (defence: Defence) => sectionOf(form.fields, valuesOf(form.fields, defence[name]));
    return diffFields(name, '', form.fields, whole(from), whole(to));
  });
}
