import assert from 'node:assert/strict';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { EngineError } from '../../../src/engine/errors';
import { fromResponse, toResponse } from '../../../src/host/error-response';

describe('errors across the connection', () => {
  it('keep code and sentence', () => {
    const back = fromResponse(toResponse(new EngineError('would-fork', 'This would fork.')));
    assert.equal(back.code, 'would-fork');
    assert.equal(back.message, 'This would fork.');
  });

  it('become `internal` when nobody foresaw them', () => {
    const response = toResponse(new TypeError('x is undefined'));
    assert.equal(fromResponse(response).code, 'internal');
    assert.doesNotMatch(response.message, /undefined/);
    assert.equal(fromResponse(new ResponseError(ErrorCodes.MethodNotFound, 'Unhandled method')).code, 'internal');
  });

  it('mean that the engine died when the connection ended first', () => {
    assert.equal(fromResponse(new ResponseError(ErrorCodes.PendingResponseRejected, 'gone')).code, 'engine-died');
    assert.equal(fromResponse(new Error('Connection is disposed')).code, 'engine-died');
  });
});
