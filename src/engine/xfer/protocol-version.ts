/** The Fossil whose protocol is spoken: version number, date and time, as both version pragmas carry them (fossil.md 2.3). */
export const CLIENT_VERSION = [22100, 20230226, 192424] as const;
