import type { Command } from './command';
import { foldComment } from './fold-comment';
import { optionsInWords } from './option-help';

/** Columns before what an option does; one that takes more has a line of its own. */
const OPTION_COLUMNS = 34;

/** What `trilobite help` prints. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'Fossil repositories without a fossil binary.',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    '"trilobite help COMMAND" tells how a command is used, and what its options do.',
  ].join('\n');
}

/** What `trilobite help COMMAND` prints. @param columns - lines are folded there; 0: nowhere */
export function helpOf(command: Command, columns: number): string {
  return [
    command.summary,
    '',
    `Usage: ${usageOf(command)}`,
    '',
    'Options:',
    ...optionsInWords(command).map(([written, sentence]) => {
      const label = `  ${written}`.padEnd(OPTION_COLUMNS);
      const text = foldComment(sentence, OPTION_COLUMNS, columns);
      return label.length > OPTION_COLUMNS ? `${label}\n${' '.repeat(OPTION_COLUMNS)}${text}` : `${label}${text}`;
    }),
  ].join('\n');
}

export function usageOf(command: Command): string {
  return `trilobite ${command.name} ${command.usage}`.trimEnd();
}
