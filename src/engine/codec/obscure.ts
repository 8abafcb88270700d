/** Fossil's obscuring of remembered passwords (fossil.md 1.8). @param salt - one random byte */
export declare function obscure(text: string, salt: number): string;
/** @returns the text, or the argument itself when it is not obscured text */
export declare function unobscure(obscured: string): string;
