import { sealed } from '../artifact-text';
import { bytesOfText } from '../../../src/engine/codec/byte-text';
import { formatStamp } from '../../../src/engine/codec/julian-day';
import type { Hash } from '../../../src/engine/identifiers';
import type { Composer } from './composer';

/** Check-ins as nobody writes them now, which must still be read; and content that only looks like one. */
export function composeOddCheckins(composer: Composer, checkins: readonly Hash[]): void {
  const [parent = composer.unknown(), other = composer.unknown()] = [checkins.at(-1), checkins.at(-2)];
  const file = composer.content('a file of an odd check-in\n');
  const stamp = (): string => formatStamp(composer.next());
  const composed = (comment: string, rest: string): Hash => composer.cards(`C ${comment}\nD ${stamp()}\n${rest}`);

  const withoutComment = composer.cards(`D ${stamp()}\nF a.txt ${file}\nP ${parent}\nU alice\n`);
  composer.cards(`C no\\suser\nD ${stamp()}\nF a.txt ${file}\nP ${withoutComment}\n`);
  composed('an\\sempty\\suser', `F a.txt ${file}\nP ${parent}\nU\n`);
  composed('a\\strailing\\sspace', `F a.txt ${file} \nF b.txt ${file}\nP ${parent}\nU bob\n`);
  composed('an\\sempty\\sP', `F a.txt ${file}\nP\nU bob\n`);
  composed('no\\sfiles', `P ${parent}\nU bob\n`);
  composed('an\\sodd\\spermission', `F a.txt ${file} w\nF b.txt ${file} q\nF c.txt ${file} xl\nP ${parent}\nU bob\n`);
  composed('a\\smimetype', `F a.txt ${file}\nN text/plain\nP ${parent}\nU bob\n`);
  composed('reserved\\snames', `F _FOSSIL_ ${file}\nF dir/.fslckout ${file}\nF fine.txt ${file}\nP ${parent}\nU bob\n`);
  composed('the\\sparent\\stwice', `F a.txt ${file}\nP ${parent} ${parent}\nU bob\n`);
  composed('a\\srename\\sof\\snothing', `F new.txt ${file} w never-there.txt\nP ${parent}\nU bob\n`);
  composed(
    'a\\spick\\sof\\sa\\srange',
    `F a.txt ${file}\nP ${parent}\nQ +${other} ${parent}\nQ -${withoutComment}\nU bob\n`,
  );

  composeOutsideUtf8(composer, parent, file);
  composeWithUnknowns(composer, parent, file);
  composer.content(signed(`C signed\nD ${stamp()}\nF a.txt ${file}\nP ${parent}\nU alice\n`));

  // Content of files, not check-ins: a wrong checksum, cards out of order, a line too many.
  const fine = `C fine\nD ${stamp()}\nF a.txt ${file}\nP ${parent}\nU alice\n`;
  composer.content(`${fine}Z ${'0'.repeat(32)}\n`);
  composer.cards(`D ${stamp()}\nC late\nF a.txt ${file}\nP ${parent}\nU alice\n`);
  composer.content(`${fine}# Remove this line to create a well-formed Fossil manifest.\n`);
  composer.cards(`C two\\snames\nD ${stamp()}\nF a.txt ${file}\nF a.txt ${file}\nP ${parent}\nU alice\n`);
  composer.cards(`C outside\nD ${stamp()}\nF ../a.txt ${file}\nP ${parent}\nU alice\n`);
}

/** Names and texts in Latin-1, as bytes stand in what some wrote before Fossil asked for UTF-8. */
function composeOutsideUtf8(composer: Composer, parent: Hash, file: Hash): void {
  const composed = (rest: string): Hash =>
    composer.content(sealed(bytesOfText(`C gr\udcfc\udcdfe\nD ${formatStamp(composer.next())}\n${rest}`)));
  const added = composed(`F caf\udce9.txt ${file}\nP ${parent}\nT +sym-\udce9t\udce9 * d\udce9but\nU jos\udce9\n`);
  const other = composer.content('another file of that name\n');
  const renamed = composed(`F na\udcefve.txt ${other} w caf\udce9.txt\nF \udcff ${file}\nP ${added}\nU jos\udce9\n`);
  composed(`F \udcff ${other}\nP ${renamed}\nU jos\udce9\n`);
  composer.content(
    sealed(
      bytesOfText(
        `D ${formatStamp(composer.next())}\nT +comment ${added} corrig\udce9\nT +user ${added} ren\udce9\nU jos\udce9\n`,
      ),
    ),
  );
}

/** Parents, files, picks and baselines that no one has: they become phantoms, and what has no baseline waits for ever. */
function composeWithUnknowns(composer: Composer, parent: Hash, file: Hash): void {
  const composed = (comment: string, rest: string): Hash =>
    composer.cards(`C ${comment}\nD ${formatStamp(composer.next())}\n${rest}`);
  const orphan = composed('an\\sunknown\\sparent', `F a.txt ${file}\nP ${composer.unknown()}\nU carol\n`);
  composed('after\\sit', `F a.txt ${composer.content('after it\n')}\nP ${orphan}\nU carol\n`);
  composed('an\\sunknown\\smerge\\sparent', `F a.txt ${file}\nP ${parent} ${composer.unknown()}\nU carol\n`);
  composed(
    'an\\sunknown\\sfile',
    `F a.txt ${composer.unknown()}\nF b.txt ${composer.unknown(40)}\nP ${parent}\nU carol\n`,
  );
  composed('an\\sunknown\\spick', `F a.txt ${file}\nP ${parent}\nQ +${composer.unknown()}\nU carol\n`);
  const baseline = composer.unknown();
  const waiting = composer.cards(
    `B ${baseline}\nC no\\sbaseline\nD ${formatStamp(composer.next())}\nF a.txt ${file}\nP ${parent}\nU carol\n`,
  );
  composed('after\\swhat\\swaits', `F a.txt ${file}\nP ${waiting}\nU carol\n`);
  const notACheckin = composer.content('a baseline that is no check-in\n');
  composer.cards(
    `B ${notACheckin}\nC an\\sodd\\sbaseline\nD ${formatStamp(composer.next())}\nF a.txt ${file}\nP ${parent}\nU carol\n`,
  );
}

/** As PGP clear-signs a text; the signature itself is never looked at. */
function signed(cards: string): Uint8Array {
  const text = new TextDecoder().decode(sealed(cards));
  return new TextEncoder().encode(
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n' +
      text +
      '-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n',
  );
}
