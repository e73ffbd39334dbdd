/**
 * What a password may be: long, and not one that is tried first. Nothing is asked of its characters, none is
 * cut off, and nothing leaves the machine to judge it (NIST SP 800-63B, 3.1.1.2).
 */

/** 15 and more are advised. */
export const passwordLengthMin = 12;
export const passwordLengthMax = 256;

/** Words that guessed passwords of this length are made of; what is left of one without them is its worth. */
const commonWords = [
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'administrator',
  'abcdefghijkl',
  'asdfghjkl',
  'basketball',
  'changeme',
  'correcthorsebatterystaple',
  'dragon',
  'football',
  'iloveyou',
  'letmein',
  'liverpool',
  'manchester',
  'master',
  'monkey',
  'passphrase',
  'password',
  'passw0rd',
  'p@ssw0rd',
  'p@ssword',
  'princess',
  'qazwsxedc',
  'qwertyuiop',
  'qwerty',
  'qwertz',
  'secret',
  'starwars',
  'sunshine',
  'superman',
  'temporary',
  'tidegate',
  'trading',
  'trader',
  'trustno1',
  'welcome',
  'whatever',
  'zaq12wsx',
  'zxcvbnm',
  'admin',
  'demo',
  'only',
  'login',
  'test',
  'user',
  'spring',
  'summer',
  'autumn',
  'winter',
  'january',
  'february',
  'march',
  'april',
  'monday',
  'friday',
  'london',
  'newyork',
  'forex',
  'money',
] as const;
const worthMin = 5;

/** Why it may not be one; undefined: it may. `names`: what anybody knows of the user. */
export function passwordFault(password: string, names: readonly string[] = []): string | undefined {
  const length = [...password].length;
  if (length < passwordLengthMin) return `it has fewer than ${passwordLengthMin} characters`;
  if (password.length > passwordLengthMax) return `it has more than ${passwordLengthMax} characters`;
  const plain = password.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, '');
  if (new Set(plain).size < worthMin) return 'it repeats the same few characters';
  const own = names
    .map((name) => name.toLowerCase().replaceAll(/\s+/g, ''))
    .filter((name) => name.length >= 3);
  if (isOfWords(plain, own)) return 'it is made of names that anybody knows of you';
  return isOfWords(plain, [...own, ...commonWords]) ? 'it is made of what is tried first' : undefined;
}

/** Whether too little is left when words, digits in a row, and signs before and behind are taken away. */
function isOfWords(plain: string, words: readonly string[]): boolean {
  let left = plain;
  for (const word of words.toSorted((a, b) => b.length - a.length)) left = left.replaceAll(word, ' ');
  if (left === plain && /\p{L}/u.test(plain)) return false;
  return left.replaceAll(/[^\p{L}]/gu, '').length < worthMin;
}
