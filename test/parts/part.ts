import type { Summary } from '../support/summary';

/** A part of the tests that runs, passes and fails by itself. */
export interface Part {
  /** What to call it on the command line and in the report; what comes before the first `-` names its group. */
  readonly name: string;
  /** Opens windows: a server, an extension host and a browser, of which a machine bears one set at a time. */
  readonly opensWindows?: true;
  /** Never throws: what goes wrong is in the summary. */
  readonly run: () => Promise<Summary>;
}
