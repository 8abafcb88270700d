/** UTF-8 bytes of a text. */
export declare function utf8(text: string): Uint8Array;
/** Text of UTF-8 bytes; invalid sequences become U+FFFD. */
export declare function textOf(bytes: Uint8Array): string;
/** Order of two texts by their UTF-8 bytes, as Fossil's strcmp: negative, zero, positive. */
export declare function compareBytes(a: string, b: string): number;
