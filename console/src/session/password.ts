// passwordHints tells which recommendations a new password meets. Only the length is a rule of the API.

export interface PasswordHints {
  length: boolean;  // 12 characters or more
  classes: boolean; // three of: lower case, upper case, digits, other
  account: boolean; // does not contain the account name
  variety: boolean; // no run of four equal or consecutive characters
}

export function passwordHints(password: string, account: string): PasswordHints {
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((c) => c.test(password)).length;
  return {
    length: [...password].length >= 12,
    classes: classes >= 3 || ([...password].length >= 20 && classes >= 1),
    account: password.length > 0 && (account === '' || !password.toLowerCase().includes(account.toLowerCase())),
    variety: password.length > 0 && !hasRun(password),
  };
}

function hasRun(text: string): boolean {
  for (let i = 0; i + 4 <= text.length; i++) {
    const codes = [0, 1, 2, 3].map((k) => text.charCodeAt(i + k)) as [number, number, number, number];
    const step = codes[1] - codes[0];
    if (Math.abs(step) <= 1 && codes[2] - codes[1] === step && codes[3] - codes[2] === step) return true;
  }
  return false;
}
