/**
 * What the names of the rows in `config` begin with that tell, for each remote, up to where its content has been seen here
 * (docs/protocol-extensions.md). Fossil leaves them alone.
 */
export const SEEN_ROWS = 'trilobite-seen:';
