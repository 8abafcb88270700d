import type { Questions } from '../engine/operations/interaction';
import type { Terminal } from './terminal';

/** Answers the engine's questions from the options, and on the terminal where there is one. */
export function terminalQuestions(terminal: Terminal, options: { allowPortableWrites: boolean }): Questions {
  return {
    async credentials({ url, user, wasRefused }) {
      if (wasRefused) terminal.complain('The server refused that user and password.');
      const name = user ?? (await terminal.ask(`User for ${url}: `));
      if (name === undefined || name === '') return undefined;
      const password = await terminal.ask(`Password of ${name} for ${url}: `, { isSecret: true });
      return password === undefined || password === '' ? undefined : { user: name, password };
    },
    userName: () => terminal.ask('Your user name, for the check-in: '),
    allowPortableWrites: () => Promise.resolve(options.allowPortableWrites),
  };
}
