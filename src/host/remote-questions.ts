import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import type { Questions } from '../engine/operations/interaction';
import * as protocol from './protocol';

/**
 * The engine's questions, asked of the extension over the connection.
 *
 * @param token - of the operation that asks: its cancellation closes the question
 */
export function remoteQuestions(connection: MessageConnection, token: CancellationToken): Questions {
  return {
    async credentials(question) {
      return (await connection.sendRequest(protocol.askCredentials, question, token)) ?? undefined;
    },
    async certificate(question) {
      return connection.sendRequest(protocol.askCertificate, question, token);
    },
    async goOn(doubt) {
      return connection.sendRequest(protocol.askToGoOn, doubt, token);
    },
    async userName() {
      return (await connection.sendRequest(protocol.askUserName, null, token)) ?? undefined;
    },
    async allowPortableWrites(repositoryPath) {
      return connection.sendRequest(protocol.askPortableWrites, { repositoryPath }, token);
    },
  };
}
