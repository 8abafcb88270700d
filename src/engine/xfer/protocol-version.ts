/** The Fossil whose protocol is spoken: version number, date and time, as both version pragmas carry them (fossil.md 2.3). */
export const CLIENT_VERSION = [22100, 20230226, 192424] as const;
/** Whoever's Fossil is of this date or younger knows what to do with the name of a private artifact (fossil.md 2.4). */
export const KNOWS_PRIVATE_NAMES = 20200413;
