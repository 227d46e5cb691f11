import { describe, expect, it } from 'vitest';
import { diffLines, linesOfContent } from './baseline';

describe('linesOfContent', () => {
  it('gives fields, inner fields and elements a line each', () => {
    expect(linesOfContent({ path: '', driver: 'e1000e', board: { serial: 'A1' }, disks: [{ name: 'vda', size: '20' }, { name: 'vdb' }], none: [] })).toEqual([
      'path = —', 'driver = e1000e', 'board.serial = A1', 'disks: vda size=20', 'disks: vdb',
    ]);
  });
  it.each([null, undefined, 5, 'text'])('has nothing to say about %j', (content) => expect(linesOfContent(content)).toEqual([]));
});

describe('diffLines', () => {
  it('finds nothing between equals, whatever the order', () => expect(diffLines(['a', 'b'], ['b', 'a'])).toEqual([]));
  it('tells what came and what went', () => {
    expect(diffLines(['a', 'b'], ['b', 'c'])).toEqual([{ added: true, line: 'c' }, { added: false, line: 'a' }]);
  });
  it('counts equal lines one by one', () => {
    expect(diffLines(['a', 'a'], ['a'])).toEqual([{ added: false, line: 'a' }]);
    expect(diffLines(['a'], ['a', 'a'])).toEqual([{ added: true, line: 'a' }]);
  });
});
