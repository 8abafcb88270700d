import { explainContents, explainNames, readArtifact } from '../engine/operations/artifacts';
import { EngineError } from '../engine/errors';
import { meaningText } from './artifact-text';
import { REPOSITORY_OPTION } from './chosen-repository';
import { type Command, textOption } from './command';
import { outputContents, OUTPUT_OPTION } from './content-output';
import { EVENT_TYPES } from './event-types';
import { COMMENT_FORMAT_OPTIONS, readingHistory, WIDTH_OPTION } from './history-source';
import { inputBytes } from './input-bytes';
import { outputStyle } from './output-style';

const RULE = '-'.repeat(79);

export const artifactCommand: Command = {
  name: 'artifact',
  usage: 'NAME [OUTPUT] [-o OUTPUT] [-R FILE]',
  summary: 'Print the content of an artifact',
  options: { ...REPOSITORY_OPTION, ...OUTPUT_OPTION },
  arity: { least: 1, most: 2 },
  run: readingHistory(async (context, source) => {
    const [name = '', output] = context.positionals;
    const artifact = await readArtifact(context.environment, source, name);
    return outputContents(context, [artifact], output ?? textOption(context.options, 'out'));
  }),
};

export const whatisCommand: Command = {
  name: 'whatis',
  usage: 'NAME… [-f] [--type TYPE] [-v] [-W N] [--comment-format N] [-R FILE]',
  summary: 'Say what a name stands for, and what refers to it',
  options: {
    ...REPOSITORY_OPTION,
    ...WIDTH_OPTION,
    ...COMMENT_FORMAT_OPTIONS,
    file: { type: 'boolean', short: 'f' },
    type: { type: 'string' },
    verbose: { type: 'boolean', short: 'v' },
  },
  arity: { least: 1, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const { environment, positionals, options } = context;
    const given = textOption(options, 'type');
    const type = EVENT_TYPES.find((candidate) => candidate === given);
    if (given !== undefined && type === undefined) {
      throw new EngineError('usage', `--type takes one of ${EVENT_TYPES.join(', ')}.`);
    }
    // Before SQLite has the repository open: whoever closes a database file that it reads takes its locks away.
    const contents =
      options['file'] === true
        ? await Promise.all(positionals.map(async (name) => ({ name, content: await inputBytes(context, name) })))
        : undefined;
    const explain = readingHistory(async (_, source) => {
      const meanings =
        contents === undefined
          ? await explainNames(environment, source, { names: positionals, ...(type === undefined ? {} : { type }) })
          : await explainContents(environment, source, contents);
      const layout = { ...(await outputStyle(context, source)), isVerbose: options['verbose'] === true };
      return { text: meanings.map((meaning) => meaningText(meaning, layout)).join(`\n${RULE}\n`), json: meanings };
    });
    return explain(context);
  },
};
