/** Makes one token out of any text (fossil.md 0). */
export declare function encodeToken(text: string): string;
export declare function decodeToken(token: string): string;
