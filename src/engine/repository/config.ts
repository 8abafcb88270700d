/** The `config` table. Values are text; times are Unix seconds. */
export declare class ConfigTable {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  remove(name: string): void;
  /** @returns name and value of all rows whose name starts with the prefix */
  withPrefix(prefix: string): { name: string; value: string }[];
  /** A boolean setting in Fossil's spelling: on, yes, true, non-zero. */
  flag(name: string, byDefault: boolean): boolean;
}
