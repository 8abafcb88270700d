import { sqliteConformance } from './sqlite';
import { driverNames } from './sqlite-subject';

for (const name of driverNames()) sqliteConformance(name);
