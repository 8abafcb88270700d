import assert from 'node:assert/strict';
import { repositoryName } from '../../../src/engine/operations/repository-name';
import { urlProblem } from '../../../src/vscode/commands/clone-defaults';

describe('what Clone proposes', () => {
  const names: [string, string][] = [
    ['https://sqlite.org/src', 'src'],
    ['https://fossil-scm.org/home/', 'home'],
    ['https://ann@example.com:8080/cgi/project.cgi', 'project'],
    ['http://example.com/', 'example.com'],
    ['http://example.com/My%20Project.fossil', 'My-Project'],
    ['http://example.com/..', 'repository'],
  ];
  for (const [url, name] of names) {
    it(`is ${name} for ${url}`, () => assert.equal(repositoryName(url), name));
  }

  it('takes an address that can be tried, and says what is wrong with another', () => {
    assert.equal(urlProblem('https://example.com/project'), undefined);
    assert.match(urlProblem('example.com') ?? '', /http:\/\//);
    assert.match(urlProblem('http://') ?? '', /host/);
  });
});
