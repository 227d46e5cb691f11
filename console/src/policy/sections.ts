// The defence's form values and their two-way mapping to the API's sections. There is no code for any one section: the
// form follows the fields that GET /policies/sections describes.
import type { Defence, PolicyProblem, SectionField, SectionForms } from '../api/types';

/// What a field holds while it is edited. Lists of plain values are one text, a value a line; a number that is not
/// typed is null; a choice that is not made is ''.
export type Value = boolean | string | number | null | string[] | Values | Row[];
export interface Values { [field: string]: Value }
/// One element of a list of objects; the key stays while rows come and go.
export interface Row { key: number; values: Values }
export type DefenceForm = Record<string, Values>;

export type Input = 'switch' | 'number' | 'text' | 'choice' | 'choices' | 'lines' | 'group' | 'table';

/// inputOf says which input a field gets.
export function inputOf(field: SectionField): Input {
  if (field.type === 'object') return field.list ? 'table' : 'group';
  if (field.type === 'choice') return field.list ? 'choices' : 'choice';
  if (field.list) return 'lines';
  if (field.type === 'boolean') return 'switch';
  return field.type === 'text' ? 'text' : 'number';
}

let lastKey = 0;
export const newRow = (fields: SectionField[], from: unknown = {}): Row => ({ key: ++lastKey, values: valuesOf(fields, from) });

const asObject = (from: unknown): Record<string, unknown> =>
  typeof from === 'object' && from !== null && !Array.isArray(from) ? (from as Record<string, unknown>) : {};
const asList = (from: unknown): unknown[] => (Array.isArray(from) ? from : []);

function valueOf(field: SectionField, from: unknown): Value {
  switch (inputOf(field)) {
    case 'switch': return from === true;
    case 'number': return typeof from === 'number' && from !== 0 ? from : null;
    case 'text': case 'choice': return typeof from === 'string' ? from : '';
    case 'choices': return asList(from).map(String);
    case 'lines': return asList(from).map(String).join('\n');
    case 'group': return valuesOf(field.fields ?? [], from);
    case 'table': return asList(from).map((one) => newRow(field.fields ?? [], one));
  }
}

/// valuesOf makes form values of an object of the API; what is absent has its default.
export function valuesOf(fields: SectionField[], from: unknown): Values {
  const object = asObject(from);
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field, object[field.name])]));
}

/// linesOf takes blank lines and blanks around a line for nothing.
export const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

function plainOf(field: SectionField, value: Value): unknown {
  switch (inputOf(field)) {
    case 'switch': return value === true;
    case 'number': return typeof value === 'number' ? value : 0;
    case 'text': return typeof value === 'string' ? value.trim() : '';
    case 'choice': return value === '' ? undefined : value;
    case 'choices': return value;
    case 'lines': return linesOf(String(value)).map((line) => (field.type === 'text' ? line : field.type === 'boolean' ? line === 'true' : numberOf(line)));
    case 'group': return objectOf(field.fields ?? [], value as Values);
    case 'table': return (value as Row[]).map((row) => objectOf(field.fields ?? [], row.values));
  }
}
/// A line that is no number goes to the server as it stands: its refusal names the place.
const numberOf = (line: string): unknown => (/^-?\d+(\.\d+)?$/.test(line) ? Number(line) : line);

/// objectOf makes the API's object of form values.
export function objectOf(fields: SectionField[], values: Values): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    const plain = plainOf(field, values[field.name] ?? valueOf(field, undefined));
    if (plain !== undefined) out[field.name] = plain;
  }
  return out;
}

export function defenceFormOf(forms: SectionForms, defence: Defence): DefenceForm {
  return Object.fromEntries(Object.entries(forms).map(([name, form]) => {
    const values = valuesOf(form.fields, defence[name]);
    return [name, { ...values, mode: values.mode || 'off' }];
  }));
}

/// sectionOf makes a section whole: every field, the mode first; without one it is off.
export function sectionOf(fields: SectionField[], values: Values): Record<string, unknown> {
  const { mode, ...rest } = objectOf(fields, values);
  return { mode: mode ?? 'off', ...rest };
}

/// defenceOf leaves sections out that are off and hold nothing else: absent is off.
export function defenceOf(forms: SectionForms, values: DefenceForm): Defence {
  const out: Defence = {};
  for (const [name, form] of Object.entries(forms)) {
    const bare = sectionOf(form.fields, valuesOf(form.fields, {}));
    const section = sectionOf(form.fields, values[name] ?? {});
    if (JSON.stringify(section) !== JSON.stringify(bare)) out[name] = section;
  }
  return out;
}

/// partsOf splits a JSON pointer; one into a publish request may name the part first.
export function partsOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1).map((p) => p.replace(/~1/g, '/').replace(/~0/g, '~'));
  return parts[0] === 'defence' ? parts.slice(1) : parts;
}

/// problemsAt gives the problems of exactly this place; `below`: those of places inside it too.
export function problemsAt(problems: PolicyProblem[], place: string[], below = false): PolicyProblem[] {
  return problems.filter((problem) => {
    const parts = partsOf(problem.path);
    return (below ? parts.length >= place.length : parts.length === place.length) && place.every((part, i) => parts[i] === part);
  });
}

/// problemsBeside gives the problems inside a place that none of its fields shows.
export function problemsBeside(problems: PolicyProblem[], place: string[], fields: SectionField[]): PolicyProblem[] {
  return problemsAt(problems, place, true).filter((problem) => !fields.some((field) => field.name === partsOf(problem.path)[place.length]));
}

/// ofDefence tells a problem of a section from one of the network part.
export const ofDefence = (problem: PolicyProblem, forms: SectionForms): boolean => {
  const first = partsOf(problem.path)[0];
  return first !== undefined && Object.prototype.hasOwnProperty.call(forms, first);
};

/// briefOf is an object in one line, for tables and differences: what is set, the name first.
export function briefOf(object: unknown): string {
  if (typeof object !== 'object' || object === null) return String(object);
  if (Array.isArray(object)) return object.map(briefOf).join(', ');
  const { name, ...rest } = object as Record<string, unknown>;
  const set = Object.entries(rest).filter(([, v]) => v !== '' && v !== 0 && v !== false && !(Array.isArray(v) && v.length === 0))
    .map(([key, v]) => (v === true ? key : `${key}=${typeof v === 'object' ? `(${briefOf(v)})` : String(v)}`));
  return [...(typeof name === 'string' && name ? [name] : []), ...set].join(' ');
}
