import type { JulianDay } from '../identifiers';

/** @param unixMilliseconds - milliseconds since 1970 UTC */
export declare function toJulianDay(unixMilliseconds: number): JulianDay;
/** @returns milliseconds since 1970 UTC, rounded */
export declare function fromJulianDay(day: JulianDay): number;
/** `YYYY-MM-DDTHH:MM:SS.SSS`, UTC, as D-cards have it. */
export declare function formatStamp(unixMilliseconds: number): string;
/** Reads a D-card's stamp. @returns undefined when it is not one */
export declare function parseStamp(text: string): number | undefined;
