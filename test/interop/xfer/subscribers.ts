/** As fossil 2.21 makes it when email is set up in the web interface. */
export const SUBSCRIBER_TABLE = `CREATE TABLE subscriber(subscriberId INTEGER PRIMARY KEY, subscriberCode BLOB DEFAULT (randomblob(32)) UNIQUE,
    semail TEXT UNIQUE COLLATE nocase, suname TEXT, sverified BOOLEAN DEFAULT true, sdonotcall BOOLEAN, sdigest BOOLEAN,
    ssub TEXT, sctime INTDATE, mtime INTDATE, smip TEXT, lastContact INT);`;

/** One who has confirmed the address, and one who has not, who is nobody else's business. */
export const SUBSCRIBERS = `INSERT INTO subscriber(semail, suname, sverified, sdonotcall, sdigest, ssub, sctime, mtime, smip) VALUES
    ('ann@example.com', 'ann', 1, 0, 0, 'ac', 5, 1900000000, '127.0.0.1'), ('new@example.com', NULL, 0, 0, 1, 'a', 6, 1900000000, NULL);`;
