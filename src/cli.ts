import { runCommandLine } from './cli/run';
import { processTerminal } from './cli/process-terminal';

void runCommandLine(process.argv.slice(2), processTerminal()).then((exitCode) => {
  process.exitCode = exitCode;
});
