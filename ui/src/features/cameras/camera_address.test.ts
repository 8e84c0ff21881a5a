import { describe, expect, it } from 'vitest';
import { splitCredentials, withCredentials } from './camera_address';

describe('a camera’s address', () => {
  it('loses user and password where it is shown', () => {
    expect(splitCredentials('rtsp://admin:p%40ss@10.0.0.2:554/main?x=1')).toEqual({
      address: 'rtsp://10.0.0.2:554/main?x=1',
      user: 'admin',
      password: 'p@ss',
    });
    expect(splitCredentials('rtsp://10.0.0.2/a@b'), 'an @ of the path names nobody').toBeNull();
    expect(splitCredentials('rtsp://u:p@ss@10.0.0.2/x'), 'as people paste it').toMatchObject({
      address: 'rtsp://10.0.0.2/x',
      password: 'p@ss',
    });
    expect(splitCredentials('rtsp://u:100%@h/x')?.password, 'nothing is encoded there').toBe('100%');
    expect(splitCredentials('no address')).toBeNull();
  });

  it('gets them back on its way, and only then', () => {
    expect(withCredentials('rtsp://h/main', 'admin', 'a:b@c/d')).toBe('rtsp://admin:a%3Ab%40c%2Fd@h/main');
    expect(withCredentials('rtsp://h/main', 'admin', ''), 'some have none').toBe('rtsp://admin@h/main');
    expect(withCredentials('rtsp://old:x@h/main', 'new', 'y'), 'the fields win').toBe('rtsp://new:y@h/main');
    expect(withCredentials('rtsp://old:x@h/main', '', 'y'), 'without a user it stays').toBe(
      'rtsp://old:x@h/main',
    );
    expect(withCredentials('', 'admin', 'y'), 'nothing is chosen yet').toBe('');
  });
});
