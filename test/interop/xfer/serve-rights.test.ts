import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { withNativeDriver } from '../with-native-driver';
import { answerOfFossil, answerOfOurs, login } from './both-answers';
import { XferFixture } from './xfer-fixture';

const VERSION = 'pragma client-version 22100 20230226 192424\n';
const PROJECT = 'a'.repeat(40);
const FILE = 'a new file of many words';
const FILE_NAME = createHash('sha1').update(FILE).digest('hex');
const SECRET_FILE = 'a secret';
const SECRET_NAME = createHash('sha1').update(SECRET_FILE).digest('hex');
/** Nobody has them. */
const [UNKNOWN, UNKNOWN_SECRET] = ['1'.repeat(40), '2'.repeat(40)];
/** Both sides have them: contents of the repository that the table begins with. */
const PUBLIC_FILE = 'public '.repeat(30);
const PUBLIC_NAME = createHash('sha1').update(PUBLIC_FILE).digest('hex');

/** Messages of a stranger or of whoever logs in, by what they try; `PRIVATE` stands for an artifact that the server keeps private. */
const MESSAGES: Readonly<Record<string, string>> = {
  pull: `pull x ${PROJECT}\n`,
  push: `push x ${PROJECT}\nigot ${UNKNOWN}\n`,
  'pull and push': `pull x ${PROJECT}\npush x ${PROJECT}\nigot ${UNKNOWN}\n`,
  'push and pull': `push x ${PROJECT}\npull x ${PROJECT}\n`,
  'push of a file': `push x ${PROJECT}\nfile ${FILE_NAME} ${FILE.length}\n${FILE}`,
  'file without push': `file ${FILE_NAME} ${FILE.length}\n${FILE}${VERSION}`,
  'file after pull': `pull x ${PROJECT}\nfile ${FILE_NAME} ${FILE.length}\n${FILE}`,
  'another project': `pull x ${'b'.repeat(40)}\n${VERSION}`,
  'gimme without pull': `gimme ${PUBLIC_NAME}\n`,
  gimme: `pull x ${PROJECT}\ngimme ${PUBLIC_NAME}\ngimme ${PUBLIC_NAME}\ngimme ${UNKNOWN}\n`,
  'gimme of what is pushed for': `pull x ${PROJECT}\npush x ${PROJECT}\ngimme ${UNKNOWN}\nigot ${UNKNOWN}\n`,
  'gimme of private content': `pull x ${PROJECT}\ngimme PRIVATE\n`,
  'private pull': `pragma send-private\npull x ${PROJECT}\ngimme PRIVATE\n`,
  'private pull of what has a name here': `pragma send-private\npull x ${PROJECT}\npush x ${PROJECT}\ngimme PRIVATE\nigot PRIVATE 1\n`,
  'private catalogue': `pragma send-private\npragma send-catalog\npull x ${PROJECT}\n`,
  'private names': `push x ${PROJECT}\nigot ${UNKNOWN_SECRET} 1\nigot ${UNKNOWN}\n`,
  'private push': `pragma send-private\npush x ${PROJECT}\nprivate\nfile ${SECRET_NAME} ${SECRET_FILE.length}\n${SECRET_FILE}`,
  catalogue: `pragma send-catalog\npull x ${PROJECT}\n`,
  'clone 3': 'clone 3 1\n',
  'clone 3 beyond the end': 'clone 3 1000\n',
  'clone 2': 'clone 2 1\n',
  'clone 1': 'clone\n',
  'clone 1 with gimmes': `clone\ngimme ${PUBLIC_NAME}\n`,
  'private clone': 'pragma send-private\nclone 3 1\n',
  'reqconfig /project': 'reqconfig /project\n',
  'reqconfig /all': 'reqconfig /all\n',
  'reqconfig /user': 'reqconfig /user\n',
  'reqconfig /email': 'reqconfig /email\n',
  'reqconfig by the beginning': 'reqconfig /ali\nreqconfig /sh\n',
  'reqconfig of a name': 'reqconfig project-name\n',
  'config push': "config /config 39\n1800000000 'project-name' value 'Other'\n",
  'links of a client': `pragma client-url http://example.com/repo\npragma req-links\npull x ${PROJECT}\n`,
  'unknown pragma': 'pragma of-the-future 1 2 3\n',
  comment: '# nothing else\n',
};

/** Rights of nobody and of the user who logs in. */
const RIGHTS: readonly (readonly [nobody: string, bob: string | undefined])[] = [
  ['', undefined],
  ['o', undefined],
  ['g', undefined],
  ['gjorz', undefined],
  ['oi', undefined],
  ['x', undefined],
  ['ox', undefined],
  ['e', undefined],
  ['u', undefined],
  ['v', undefined],
  ['', 'o'],
  ['', 'i'],
  ['g', 'v'],
  ['o', 'g'],
  ['', 'a'],
  ['', 's'],
  ['g', 'ix'],
  ['o', 'ex'],
  ['gio', 'y'],
  ['', 'sx'],
];

withNativeDriver('What the server answers to whom, compared with fossil', function (this: Mocha.Suite) {
  this.timeout(300_000);
  let fixture: XferFixture;
  let privateName: string;

  before(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('model.fossil');
    await fixture.fossil('user', 'new', 'bob', 'Bob', 'bobpw', '-R', fixture.path('model.fossil'));
    privateName = createHash('sha1').update('hidden '.repeat(20)).digest('hex');
    await fixture.sandbox.sql(
      fixture.path('model.fossil'),
      `UPDATE config SET value='${PROJECT}' WHERE name='project-code';
       UPDATE user SET pw='bobpw' WHERE login='bob';
       UPDATE user SET cap='oi' WHERE login='developer'; UPDATE user SET cap='o' WHERE login='reader';
       UPDATE user SET mtime=1700000000; UPDATE user SET pw='x' WHERE login IN ('tester','anonymous');
       INSERT INTO config VALUES('project-name','Demo',1700000000),('walias:/x','/timeline',1700000000);
       INSERT INTO config VALUES('syncwith:http://elsewhere.example/r','{}',now());
       INSERT INTO concealed(hash,content,mtime) VALUES('${'c'.repeat(40)}','mail@example.com',1700000000);
       INSERT INTO shun VALUES('${'d'.repeat(40)}',1700000000,'bad');
       INSERT INTO blob(rcvid,size,uuid,content) VALUES(1,${PUBLIC_FILE.length},'${PUBLIC_NAME}',compress('${PUBLIC_FILE}'));
       INSERT INTO unclustered VALUES(last_insert_rowid());
       INSERT INTO blob(rcvid,size,uuid,content) VALUES(1,140,'${privateName}',compress('${'hidden '.repeat(20)}'));
       INSERT INTO private VALUES(last_insert_rowid());`,
    );
  });
  after(() => fixture.remove());

  for (const [nobody, bob] of RIGHTS) {
    it(`answers "${nobody}"${bob === undefined ? '' : `, logged in with "${bob}",`} as fossil does`, async () => {
      const start = fixture.path('start.fossil');
      await copyFile(fixture.path('model.fossil'), start);
      await fixture.sandbox.sql(
        start,
        `UPDATE user SET cap='${nobody}' WHERE login='nobody'; UPDATE user SET cap='${bob ?? ''}' WHERE login='bob';`,
      );
      for (const [name, text] of Object.entries(MESSAGES)) {
        const cards = `${VERSION}${text.replaceAll('PRIVATE', privateName)}# ${name}\n`;
        const body = bob === undefined ? cards : `${login('bob', 'bobpw', cards)}${cards}`;
        const [ours, theirs] = [await answerOfOurs(fixture, start, body), await answerOfFossil(fixture, start, body)];
        // Without the right to do so, fossil says that it takes no private content, and then publishes it.
        if (!`${nobody}${bob ?? ''}`.includes('x'))
          theirs.stored = theirs.stored.filter((hash) => hash !== SECRET_NAME);
        assert.deepEqual(ours, theirs, `${name}:\n${body}`);
      }
    });
  }

  it('refuses logins as fossil does', async () => {
    const start = fixture.path('start.fossil');
    await copyFile(fixture.path('model.fossil'), start);
    await fixture.sandbox.sql(start, "UPDATE user SET cap='o' WHERE login='nobody'");
    const cards = `${VERSION}pull x ${PROJECT}\n`;
    const forged = login('bob', 'bobpw', `${cards}# another message\n`);
    for (const card of [
      login('bob', 'wrong', cards),
      login('nobody', 'any', cards),
      login('anonymous', 'any', cards),
      login('developer', '', cards),
      login('stranger', 'bobpw', cards),
      login('bob', 'bobpw', cards),
      forged,
      forged.replace('bob', 'nobody'),
      'login bob\n',
    ]) {
      const [ours, theirs] = [
        await answerOfOurs(fixture, start, card + cards),
        await answerOfFossil(fixture, start, card + cards),
      ];
      assert.deepEqual(ours, theirs, card);
    }
  });
});
