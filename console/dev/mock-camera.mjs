// Canned requests and recordings of a kiosk's camera for the mock server; the picture is drawn, not taken.
export const PICTURE = Buffer.from([
  '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQ',
  'AAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAAB',
  'UAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWi',
  'AAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAM',
  'ZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABIMDRANCxIQDhAUExIVGywdGxgYGzYnKSAsQDlEQz85Pj1HUGZXR0thTT0+WXlaYWltcnNyRVV9hnxvhWZwcm',
  '7/2wBDARMUFBsXGzQdHTRuST5Jbm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm7/wAARCAC0AUADASIAAhEBAxEB/8QAGwABAQADAQEBAAAAAAAAAAAAAAIB',
  'BQYEAwf/xAA1EAEBAAEABgYJAwQDAAAAAAAAEQEDBTWCsuECBAYSFaMWISUxY2SBorETFEE0RFFxVGFi/8QAGAEBAQEBAQAAAAAAAAAAAAAAAAECBAP/xAAbEQEBAAMBAQEAAAAAAAAAAAAAAQIDET',
  'FBIf/aAAwDAQACEQMRAD8A+cIqEdLnTCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhAVCKhEVMIqEBMIqEBMIqEBMIqE',
  'BMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBMIqEBUIqEFTCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKhATCKh',
  'ATCKhATCKhATCKhATCKhATCKhAVCKhEEwioQEwioQEwioQEwioQEwi4+nQ0eMevPvYzzmE/WscLlfx8ujoul0v4n+1/of+n2HNd2V8dE1Yz18M6HOPdnGUZ6OcZ9eHqYzjGcTLWO+z1MtM+PLCPp0u',
  'h3c/9JjpllnY57LLyphFQiomEVCAmEVCAmEVGs8X+B9/IGxhGu8X+B9/I8X+B9/I6NjCNd4v8D7+R4v8D7+R0bGEa7xf4H38jxf4H38jo2MI13i/wPv5Pr1bWP7jT9HRfpd3vX196/x/oHshFQgJhF',
  'QgJhFQgLhGYRFYhGYQGIRmEBiEZhAYhGYQGeh0fXf8Pono4mFOLbe5V165zEAebYADHSxcR8o+z59LHry6dF9jw3T6mEZhHQ8GIRmEBiEZhAYjl3UxywACAAAAA9WrP6/R/X8ZeV6tV7Q0X1/GVG+h',
  'GYQGIRmEBiEZhAXCKhATCKhATCKhATCKhATCKhAYx7mSDi2TmVdeu9xAHm2AAJz71EdGie14br8TCKhHS8EwioQEwioQExybro5EABAAAAAevVW0dF9fxl5Hr1TtHRfX8ZUdDCKhATCKhATCKhAVCK',
  'hEVMIqEBMIqEBMIqEBMI+XXesftOq9PTd3v92eqy3Mav0h+V8zkDcxjOI0/pD8r5nI9IflfM5M54zKfrWOVxrbjT57QYz/AGvmcmPH/lvM5Oe6sp495txbkabx/H/G8zkr0hn9r5nJcdN+pds+NxjD',
  'Mab0h+V8zkekPyvmcnRJJORz223tbmEa3qWuf3fWuhof0O53r6+/ZMX/AA2kUTCKhATCKhATHHuyjjRAAAAAAB7NUbS0X1/GXjezU+09DvcOQdJCKhBUwioQEwioQFQioQEwioQEwioQEwioQGv13j',
  '2Vpt3iw5V1mvMeydNu8WHJgAAAAAAAA92pNq6He4cuqjltR7W0G9w5dXATCKhATCKhATHFu2jiQoAIAAAAPbqbamh3uHLxPbqXamh3uHIOnhFQgqYRUICYRUICoRUIiphFQgJhFQgJhFQgNdr3HsjT',
  '7vFhyTr9fY9kafd4sOQEAFAAAAAAHv1FtfQb3Dl1scnqHa+g3uHLroiphFQgJhFQgJjh3dRwqxKACAAAAD3ak2rod7hy8L3aj2toN7hyDqoRUIjSYRUICYRUICoRUIgmEVCAmEVCAmEVCA1uv8ex9P',
  'u8WHHuy7QY9jafd4sONUAFQAAAAABsNQbY0G9w5dhHIdn9s6De4cuxiKmEVCIJhFQgJjg3fRwKxKAKgAAAA9+otr6De4cvA9+odsaDe4cg62EVCMtJhFQgJhFQgLhFQgqYRUICYRUICYRUIDWdocex',
  'esbvFhxbte0WPYnWN3iw4pYlAFQAAAAABsez22ur73Dl2kcZ2d231fe4cu1jNWJhFQgqYRUICY/Pn6HH54sZoAqAAAADYag2xoN7hy17Y9n9s9X3uHIOwhFQjLaYRUICYRUICgAAAAAAAa3tHsTrG7',
  'xYcQCxKAKgAAAAADZdnNt9X3uHLtwZqwAFAAH50CxKAKyAAAANj2e211fe4cgEdoAy2AAAA//Z',
].join(''), 'base64');

const HOUR = 3600;

export class MockCamera {
  constructor(ago, id) {
    this.ago = ago;
    this.id = id;
    const request = (n, over) => ({
      id: id(0x5e00 + n), device: id(0xd2), device_name: '自助终端-03', section: 'camera', action: 'snapshot', args: {}, reason: '群众反映机具前有人滞留', asked_by: 'security2',
      asked: ago(HOUR * n), expires: ago(HOUR * (n - 1)), state: 'waiting', decided_by: '', decision: '', decided: '', order: '', ...over,
    });
    this.requests = [
      request(0, { action: 'live', args: { seconds: '60' }, reason: '协助群众操作', asked: ago(120), expires: ago(-3480) }),
      request(2, { state: 'approved', decided_by: 'system', decision: '已核对工单', decided: ago(2 * HOUR - 300), order: id(0x0d02) }),
      request(5, { action: 'clip', args: { from: ago(6 * HOUR), until: ago(6 * HOUR - 60) }, state: 'rejected', decided_by: 'security', decision: '时段与工单不符', decided: ago(5 * HOUR - 60) }),
    ];
    const media = (n, over) => ({
      id: id(0x0d00 + n), device: id(0xd2), kind: 'snapshot', content_type: 'image/jpeg', state: 'complete', asked_by: 'security2', purpose: '群众反映机具前有人滞留', taken: ago(HOUR * n), began: ago(HOUR * n),
      octets: PICTURE.length, pieces: 1, digest: 'ab'.repeat(32), kept_until: ago(-86_400 * 30), ...over,
    });
    this.media = [
      media(2, {}),
      media(9, { kind: 'live', state: 'ended', octets: 0, pieces: 412, digest: '', kept_until: '', purpose: '协助群众操作' }),
      media(30, { kind: 'clip', content_type: 'video/mp4', octets: 18_874_368, pieces: 72, purpose: '核查告警前后情况' }),
    ];
    this.made = 0;
  }
  requestsOf(device) { return this.requests.map((r) => ({ ...r, device })); }
  mediaOf(device) { return this.media.map((m) => ({ ...m, device })); }
  ask(device, person, body) {
    const live = body.action === 'live';
    const request = {
      id: this.id(0x5f00 + ++this.made), device, device_name: '自助终端-03', ...body, asked_by: person, asked: this.ago(0), expires: this.ago(-HOUR),
      state: live ? 'approved' : 'waiting', decided_by: '', decision: '', decided: live ? this.ago(0) : '', order: live ? this.id(0x0e00 + this.made) : '',
    };
    this.requests.unshift(request);
    return request;
  }
  decide(key, state, person, reason) {
    return Object.assign(this.requests.find((r) => r.id === key), { state, decided_by: person, decision: reason, decided: this.ago(0), order: state === 'approved' ? this.id(0x0e99) : '' });
  }
  end(key) { return { ...this.media[1], id: key }; }
}
