import { describe, expect, it } from 'vitest';
import type { Defence, PolicyProblem, SectionField, SectionForms } from '../api/types';
import { briefOf, defenceFormOf, defenceOf, inputOf, linesOf, newRow, objectOf, ofDefence, partsOf, problemsAt, problemsBeside, valuesOf, type Row } from './sections';
import { diffSections } from './sections.diff';

const field = (name: string, type: SectionField['type'], over: Partial<SectionField> = {}): SectionField => ({ name, type, list: false, ...over });
const MODE = field('mode', 'choice', { words: ['off', 'watch', 'enforce'] });
const RULE = [field('name', 'text'), field('vendor', 'text'), field('interfaces', 'text', { list: true }), field('types_fast', 'boolean')];
const FORMS: SectionForms = {
  peripherals: {
    clauses: '5.4-a', actions: [{ name: 'permit', args: ['device', 'minutes'] }],
    fields: [MODE, field('enforcer', 'choice', { words: ['auto', 'sysfs'] }), field('allow', 'object', { list: true, fields: RULE }), field('cards', 'boolean'),
      field('hub_depth', 'integer'), field('typing', 'object', { fields: [field('keys_per_second', 'integer'), field('share', 'number')] }),
      field('types', 'integer', { list: true }), field('buses', 'choice', { list: true, words: ['usb', 'card'] })],
  },
  camera: { clauses: '5.6', actions: [], fields: [MODE, field('note', 'text')] },
};
const FULL: Defence = {
  peripherals: {
    mode: 'enforce', enforcer: 'sysfs', allow: [{ name: 'reader', vendor: '1d6b', interfaces: ['03:01:01', '08:*:*'], types_fast: true }], cards: true,
    hub_depth: 2, typing: { keys_per_second: 40, share: 0.5 }, types: [34525, 35020], buses: ['card'],
  },
};
const problem = (path: string): PolicyProblem => ({ path, code: 'bad', detail: '', warning: false });

describe('form of the sections', () => {
  it('gives every kind of field its input', () => {
    expect(FORMS.peripherals?.fields.map(inputOf)).toEqual(['choice', 'choice', 'table', 'switch', 'number', 'group', 'lines', 'choices']);
    expect(inputOf(field('x', 'text', { list: true }))).toBe('lines');
    expect(inputOf(field('x', 'number'))).toBe('number');
  });
  it('returns the sections that it was made of', () => expect(defenceOf(FORMS, defenceFormOf(FORMS, FULL))).toEqual(FULL));
  it('takes an absent section for one that is off, and sends none that is off and empty', () => {
    const form = defenceFormOf(FORMS, {});
    expect(form.camera?.mode).toBe('off');
    expect(defenceOf(FORMS, form)).toEqual({});
    expect(defenceOf(FORMS, defenceFormOf(FORMS, { camera: { mode: 'off' } }))).toEqual({});
  });
  it('keeps what a section holds while it is off', () => {
    const form = defenceFormOf(FORMS, { camera: { mode: 'off', note: 'hall' } });
    expect(defenceOf(FORMS, form)).toEqual({ camera: { mode: 'off', note: 'hall' } });
  });
  it('sends defaults for what is not filled in, and no choice that is not made', () => {
    const form = defenceFormOf(FORMS, {});
    form.peripherals = { ...form.peripherals, mode: 'watch' };
    expect(defenceOf(FORMS, form)).toEqual({
      peripherals: { mode: 'watch', allow: [], cards: false, hub_depth: 0, typing: { keys_per_second: 0, share: 0 }, types: [], buses: [] },
    });
  });
  it('does not share anything with its source', () => {
    const form = defenceFormOf(FORMS, FULL);
    (form.peripherals?.allow as Row[])[0]!.values.vendor = 'ffff';
    (form.peripherals?.buses as string[]).push('usb');
    expect(defenceOf(FORMS, defenceFormOf(FORMS, FULL))).toEqual(FULL);
  });
  it('gives rows keys that stay, and sends none of them', () => {
    const [a, b] = [newRow(RULE), newRow(RULE, { name: ' x ' })];
    expect(a.key).not.toBe(b.key);
    expect(objectOf(RULE, b.values)).toEqual({ name: 'x', vendor: '', interfaces: [], types_fast: false });
  });
  it.each([['a\n b \n\n', ['a', 'b']], ['', []], ['\r\na\r\n', ['a']]])('reads the lines of %j', (text, lines) => expect(linesOf(text)).toEqual(lines));
  it('leaves a line that is no number to the server', () => {
    const fields = [field('types', 'integer', { list: true })];
    expect(objectOf(fields, { types: '1536\n0x88cc\n-1' })).toEqual({ types: [1536, '0x88cc', -1] });
  });
  it('takes values of another form for defaults', () => {
    expect(objectOf(RULE, valuesOf(RULE, { name: 5, interfaces: 'x', types_fast: 'yes', more: 1 }))).toEqual({ name: '', vendor: '', interfaces: [], types_fast: false });
    expect(valuesOf(RULE, null)).toEqual(valuesOf(RULE, {}));
  });
});

describe('problems of the sections', () => {
  const all = ['/peripherals/allow/0/vendor', '/peripherals/allow/0', '/defence/peripherals/mode', '/peripherals/strange', '/camera', '/allow_out/0/name', ''].map(problem);
  const paths = (list: PolicyProblem[]) => list.map((p) => p.path);
  it('reads pointers, with the part of a publication in front or without', () => {
    expect(partsOf('/defence/peripherals/mode')).toEqual(['peripherals', 'mode']);
    expect(partsOf('/a~1b/~0')).toEqual(['a/b', '~']);
    expect(partsOf('')).toEqual([]);
  });
  it('finds them at their place, and below it', () => {
    expect(paths(problemsAt(all, ['peripherals', 'allow', '0', 'vendor']))).toEqual(['/peripherals/allow/0/vendor']);
    expect(paths(problemsAt(all, ['peripherals', 'allow', '0']))).toEqual(['/peripherals/allow/0']);
    expect(paths(problemsAt(all, ['peripherals', 'allow'], true))).toEqual(['/peripherals/allow/0/vendor', '/peripherals/allow/0']);
    expect(paths(problemsAt(all, ['peripherals', 'mode']))).toEqual(['/defence/peripherals/mode']);
  });
  it('leaves none without a place', () => {
    expect(paths(problemsBeside(all, ['peripherals'], FORMS.peripherals!.fields))).toEqual(['/peripherals/strange']);
    expect(paths(problemsBeside(all, ['camera'], FORMS.camera!.fields))).toEqual(['/camera']);
    expect(paths(all.filter((p) => !ofDefence(p, FORMS)))).toEqual(['/allow_out/0/name', '']);
  });
  it('does not take inherited names for sections', () => expect(ofDefence(problem('/constructor'), FORMS)).toBe(false));
});

describe('diffSections', () => {
  it('finds nothing between equals, whatever is spelled out', () => {
    expect(diffSections(FORMS, FULL, FULL)).toEqual([]);
    expect(diffSections(FORMS, {}, { camera: { mode: 'off', note: '' } })).toEqual([]);
  });
  it('tells fields, inner fields and elements', () => {
    const to: Defence = { ...FULL, peripherals: { ...FULL.peripherals, mode: 'watch', allow: [{ name: 'scanner' }], typing: { keys_per_second: 50, share: 0.5 }, types: [35020] } };
    expect(diffSections(FORMS, FULL, to)).toEqual([
      { kind: 'field', section: 'peripherals', path: 'mode', from: 'enforce', to: 'watch' },
      { kind: 'added', section: 'peripherals', path: 'allow', element: 'scanner' },
      { kind: 'removed', section: 'peripherals', path: 'allow', element: 'reader vendor=1d6b interfaces=(03:01:01, 08:*:*) types_fast' },
      { kind: 'field', section: 'peripherals', path: 'typing.keys_per_second', from: 40, to: 50 },
      { kind: 'removed', section: 'peripherals', path: 'types', element: '34525' },
    ]);
  });
  it('tells a section that goes away', () => {
    expect(diffSections(FORMS, { camera: { mode: 'watch', note: 'hall' } }, {})).toEqual([
      { kind: 'field', section: 'camera', path: 'mode', from: 'watch', to: 'off' },
      { kind: 'field', section: 'camera', path: 'note', from: 'hall', to: '' },
    ]);
  });
  it('counts equal elements one by one', () => {
    const twice = (types: number[]): Defence => ({ peripherals: { mode: 'off', types } });
    expect(diffSections(FORMS, twice([1, 1]), twice([1]))).toHaveLength(1);
  });
  it('writes an object in one line', () => expect(briefOf({ name: '', vendor: '1', deep: { a: true }, none: [] })).toBe('vendor=1 deep=(a)'));
});
