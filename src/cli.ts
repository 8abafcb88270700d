import { processTerminal } from './cli/process-terminal';
import { runCommandLine } from './cli/run';
import { collectEarly } from './engine/platform/early-collection';

collectEarly();
void runCommandLine(process.argv.slice(2), processTerminal()).then((exitCode) => {
  process.exitCode = exitCode;
});
