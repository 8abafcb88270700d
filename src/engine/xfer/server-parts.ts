import { CheckinLockServer } from './checkin-lock-server';
import { ServerConfiguration } from './server-configuration';
import { ServerIntake } from './server-intake';
import { ServerLinks } from './server-links';
import { MAX_GIMMES, type ServerOptions } from './server-options';
import { ServerOutflow } from './server-outflow';
import { PeekServer } from './peek-server';
import { SeenServer } from './seen-server';
import type { ServerPart } from './server-part';
import { UnversionedServer } from './unversioned-server';

/** The parts of a server's answer, in the order in which they end it: made for each message, for their state ends with it. */
export function serverParts(options: ServerOptions): readonly ServerPart[] {
  return [
    new SeenServer(),
    new PeekServer(),
    new UnversionedServer(),
    new ServerIntake(),
    new ServerOutflow(options.maxGimmes ?? MAX_GIMMES),
    new ServerConfiguration(),
    new ServerLinks(),
    new CheckinLockServer(),
  ];
}
