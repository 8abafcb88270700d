import type { Checkout } from './checkout';

/** Puts files under management. @returns the paths added; directories add what they hold that is not ignored */
export declare function addFiles(checkout: Checkout, paths: readonly string[]): Promise<string[]>;
/** Marks files as to be deleted by the next commit (an added file is only forgotten). Files on disk stay. */
export declare function removeFiles(checkout: Checkout, paths: readonly string[]): Promise<string[]>;
/** Brings files back to the checked-out version. */
export declare function revertFiles(checkout: Checkout, paths: readonly string[]): Promise<string[]>;
/** A file as the checked-out version has it. @throws `file-not-managed` */
export declare function baselineContent(checkout: Checkout, path: string): Uint8Array;
