/** Encodes UTF-8. */
export const encoder = new TextEncoder();

/** Decodes UTF-8, with U+FFFD for what is not. A byte-order mark is content: Fossil keeps it, so must every round trip. */
export const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
