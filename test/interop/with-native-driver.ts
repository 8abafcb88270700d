import { drivers } from './checkout/fossil-fixture';

/** `describe` for what needs the native driver, or for what is long and has nothing to do with the driver: on one Node of two. */
export const withNativeDriver = drivers.includes('native') ? describe : (): void => undefined;
