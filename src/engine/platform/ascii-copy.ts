/**
 * A copy that holds on to nothing: what is cut from a text keeps all of it in memory.
 *
 * @param text - ASCII only
 */
export function asciiCopyOf<Text extends string>(text: Text): Text {
  return Buffer.from(text, 'latin1').toString('latin1') as Text;
}
