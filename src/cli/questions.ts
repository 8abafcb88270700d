import type { Doubt, Questions } from '../engine/operations/interaction';
import type { CertificateAnswer, CertificateQuestion } from '../engine/xfer/transport';
import type { Terminal } from './terminal';

/** Answers the engine's questions from the options, and on the terminal where there is one. */
export function terminalQuestions(terminal: Terminal, options: { allowPortableWrites: boolean }): Questions {
  return {
    async credentials({ url, user, wasRefused, realm }) {
      if (realm !== undefined) return askHttpLogin(terminal, { url, realm, wasRefused });
      // Part of the question: where nobody can be asked, the error says the same once more.
      const refused = wasRefused ? 'The server refused that user and password.\n' : '';
      const name = user ?? (await terminal.ask(`${refused}User for ${url}: `));
      if (name === undefined || name === '') return undefined;
      const again = user === undefined ? '' : refused;
      const password = await terminal.ask(`${again}Password of ${name} for ${url}: `, { isSecret: true });
      return password === undefined || password === '' ? undefined : { user: name, password };
    },
    certificate: (question) => askCertificate(terminal, question),
    goOn: (doubt) => askToGoOn(terminal, doubt),
    userName: () => terminal.ask('Your user name, for the check-in: '),
    allowPortableWrites: () => Promise.resolve(options.allowPortableWrites),
  };
}

/** The web server in front of Fossil wants a login of its own, whoever the user is for Fossil. */
async function askHttpLogin(
  terminal: Terminal,
  { url, realm, wasRefused }: { url: string; realm: string; wasRefused: boolean },
): Promise<{ user: string; password: string } | undefined> {
  const refused = wasRefused ? 'The web server refused that user and password.\n' : '';
  const wanted = realm === '' ? '' : ` ("${realm}")`;
  const user = await terminal.ask(`${refused}The web server of ${url} wants a login of its own${wanted}. User: `);
  if (user === undefined || user === '') return undefined;
  const password = await terminal.ask(`Password of ${user} for the web server: `, { isSecret: true });
  return password === undefined || password === '' ? undefined : { user, password };
}

/** Fossil's words. */
async function askToGoOn(terminal: Terminal, { kind, sentence }: Doubt): Promise<boolean | undefined> {
  const what = kind === 'sync-failed' ? 'sync failure' : 'time skew';
  const answer = await terminal.ask(`${sentence}\nContinue in spite of ${what} (y/N)? `);
  return answer === undefined ? undefined : /^\s*y/i.test(answer);
}

/** Everything but a clear yes is a no. */
async function askCertificate(terminal: Terminal, question: CertificateQuestion): Promise<CertificateAnswer> {
  const { host, problem, subject, issuer, validFrom, validTo, fingerprint } = question;
  terminal.complain(
    [
      `The certificate of ${host} ${problem}. Somebody in between may be reading along.`,
      `  subject:  ${subject}`,
      `  issuer:   ${issuer}`,
      `  valid:    ${validFrom} to ${validTo}`,
      `  SHA-256:  ${fingerprint}`,
    ].join('\n'),
  );
  const answer = (await terminal.ask('Trust it? (once / always / NO) '))?.trim().toLowerCase();
  if (answer === 'always') return 'always';
  return answer === 'once' || answer === 'y' || answer === 'yes' ? 'once' : 'no';
}
