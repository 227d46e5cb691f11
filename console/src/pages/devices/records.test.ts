import { describe, expect, it } from 'vitest';
import { fileName, showsAs } from './records';

describe('recordings', () => {
  const chromium = (type: string) => (type === 'video/webm' ? 'maybe' : '');
  it('are played where the browser says that it may', () => {
    expect(showsAs('video/webm', chromium)).toBe('film');
    expect(showsAs('image/jpeg', chromium)).toBe('picture');
  });
  it('are offered for saving where it cannot, or where they are no film', () => {
    expect(showsAs('video/x-matroska', chromium)).toBe('file');
    expect(showsAs('application/octet-stream', chromium)).toBe('file');
    expect(showsAs('', chromium)).toBe('file');
  });
  it('have an ending that a player knows', () => {
    expect(fileName('0d02', 'video/webm')).toBe('0d02.webm');
    expect(fileName('0d02', 'application/octet-stream')).toBe('0d02');
  });
});
