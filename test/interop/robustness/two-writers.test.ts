import { letTwoWrite } from '../../kill/two-writers';
import { withNativeDriver } from '../with-native-driver';

/** `npm run kill -- --writers 300` does it more often, and tells how long each waited. */
const COMMITS = 40;

// The portable driver asks before it writes what others may have open, because there are no locks between them.
withNativeDriver('Our engine and fossil commit in one repository at once', function (this: Mocha.Suite) {
  this.timeout(120_000);

  it('lose nothing and fail nobody', async () => {
    await letTwoWrite(COMMITS);
  });
});
