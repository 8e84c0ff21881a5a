/** User and password in a camera's address: taken out where it is shown, put in where it is sent. Pure. */

export interface SplitAddress {
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

const PARTS = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/i;

/** An address as it was pasted; null when nobody is named in it. */
export function splitCredentials(pasted: string): SplitAddress | null {
  const [, scheme = '', authority = '', path = ''] = PARTS.exec(pasted.trim()) ?? [];
  const at = authority.lastIndexOf('@');
  if (at < 0) return null;
  const [user = '', ...password] = authority.slice(0, at).split(':');
  return {
    address: `${scheme}${authority.slice(at + 1)}${path}`,
    user: decoded(user),
    password: decoded(password.join(':')),
  };
}

/** In place of whoever is named in it already; without a user it stays as it is. */
export function withCredentials(address: string, user: string, password: string): string {
  const [, scheme = '', authority = '', path = ''] = PARTS.exec(address) ?? [];
  if (user === '' || scheme === '') return address;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const secret = password === '' ? '' : `:${encodeURIComponent(password)}`;
  return `${scheme}${encodeURIComponent(user)}${secret}@${host}${path}`;
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
