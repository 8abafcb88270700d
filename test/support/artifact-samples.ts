import type { Artifact } from '../../src/engine/artifact/types';

export const SHA1 = 'a'.repeat(40);
export const SHA3 = 'b'.repeat(64);
export const OTHER_SHA1 = 'c'.repeat(40);
const MD5 = '0'.repeat(32);
const DATE = 'D 2020-01-02T03:04:05.678\n';

/** One artifact of each type with all its cards, but for Z, as Fossil writes them. */
export const SAMPLES: Readonly<Record<Artifact['type'], string>> = {
  checkin:
    `B ${SHA1}\nC a\\sb\n${DATE}F a/b ${SHA1}\nF a/c\nF d.txt ${SHA3} x\nF e\\sf ${SHA1} w old\\sname\nF g ${SHA1} l\nN text/plain\n` +
    `P ${SHA1} ${SHA3}\nQ +${SHA1}\nQ -${SHA3} ${OTHER_SHA1}\nR ${MD5}\nT *branch * trunk\nT *sym-trunk *\nU bob\n`,
  cluster: `M ${SHA1}\nM ${SHA3}\n`,
  control: `${DATE}T +sym-x ${SHA1}\nT -y ${SHA3} value\\sx\nU bob\n`,
  wiki: `C note\n${DATE}L My\\sPage\nN text/x-markdown\nP ${SHA1}\nU bob\nW 5\nhello\n`,
  ticket: `${DATE}J +comment text\\nmore\nJ status \nJ title x\nK ${SHA1}\nU bob\n`,
  attachment: `A file.txt My\\sPage ${SHA1}\nC com\n${DATE}N t\nU bob\n`,
  technote: `C com\n${DATE}E 2020-01-01T00:00:00 ${SHA1}\nN t\nP ${SHA3}\nT +bgcolor * #fff\nT +sym-x *\nU bob\nW 3\nabc\n`,
  forum: `${DATE}G ${SHA1}\nI ${SHA3}\nN t\nP ${OTHER_SHA1}\nU bob\nW 3\nabc\n`,
};
