import type { Attachment } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import { isHash, type Rid } from '../identifiers';
import { escapeHtml, type HashDigits } from './event-text';
import { isReadLater } from './reading-order';
import type { Repository } from './repository';

/** What an attachment hangs on; a wiki page as long as nothing else is known of that name. */
type TargetKind = 'wiki' | 'ticket' | 'technote';

const EVENT_TYPE: Record<TargetKind, string> = { wiki: 'w', ticket: 't', technote: 'e' };

interface AttachmentRow {
  attachid: Rid;
  src: string | null;
  target: string;
  filename: string;
}

/** Derives what attachments say (fossil.md 5.6, Attachment). */
export class AttachmentLinker {
  readonly #repository: Repository;
  readonly #digits: HashDigits;

  constructor(repository: Repository, digits: HashDigits) {
    this.#repository = repository;
    this.#digits = digits;
  }

  link(rid: Rid, attachment: Attachment): void {
    const { db } = this.#repository;
    const mtime = toJulianDay(attachment.date);
    const { fileName, target, source, comment, user } = attachment;
    db.prepare('REPLACE INTO attachment(attachid,mtime,src,target,filename,comment,user) VALUES(?,?,?,?,?,?,?)').run(
      rid,
      mtime,
      source ?? null,
      target,
      fileName,
      comment ?? '',
      user ?? null,
    );
    db.prepare(
      `UPDATE attachment SET isLatest=(mtime==(SELECT max(mtime) FROM attachment WHERE target=?1 AND filename=?2))
        WHERE target=?1 AND filename=?2`,
    ).run(target, fileName);
    const kind = this.#kindOf(target);
    const row = { attachid: rid, src: source ?? null, target, filename: fileName };
    db.prepare('REPLACE INTO event(type,mtime,objid,user,comment) VALUES(?,?,?,?,?)').run(
      EVENT_TYPE[kind],
      mtime,
      rid,
      user ?? null,
      this.#comment(row, kind),
    );
  }

  /** Words the attachments of a ticket or technote anew: they may have arrived before it and passed for a wiki page's. */
  refresh(target: string): void {
    const { db } = this.#repository;
    const rows = db
      .prepare('SELECT attachid, src, target, filename FROM attachment WHERE target=?')
      .all<AttachmentRow>(target);
    if (rows.length === 0) return;
    const kind = this.#kindOf(target);
    const update = db.prepare('UPDATE event SET comment=?, type=? WHERE objid=?');
    for (const row of rows) update.run(this.#comment(row, kind), EVENT_TYPE[kind], row.attachid);
  }

  #kindOf(target: string): TargetKind {
    if (!isHash(target)) return 'wiki';
    if (this.#hasTag(`tkt-${target}`)) return 'ticket';
    return this.#hasTag(`event-${target}`) ? 'technote' : 'wiki';
  }

  #hasTag(name: string): boolean {
    return this.#repository.db.prepare('SELECT 1 FROM tag WHERE tagname=?').get(name) !== undefined;
  }

  #comment(row: AttachmentRow, kind: TargetKind): string {
    const { linked } = this.#digits;
    const file = escapeHtml(row.filename);
    if (row.src !== null && row.src !== '')
      return `Add attachment [/artifact/${row.src.slice(0, linked)}|${file}] to ${this.#place(row.target, kind)}`;
    const what = kind === 'technote' && !this.#isWordedAnew(row) ? this.#mislink(row) : file;
    return `Delete attachment "${what}" from ${this.#place(row.target, kind)}`;
  }

  #place(target: string, kind: TargetKind): string {
    const { linked, shown } = this.#digits;
    const link = `${target.slice(0, linked)}|${target.slice(0, shown)}`;
    switch (kind) {
      case 'wiki':
        return `wiki page [${escapeHtml(target)}]`;
      case 'ticket':
        return `ticket [${link}]`;
      case 'technote':
        return `tech note [/technote/${link}]`;
    }
  }

  /** Fossil words a deletion anew with every version of its technote. */
  #isWordedAnew({ attachid, target }: AttachmentRow): boolean {
    const { db } = this.#repository;
    return db
      .prepare('SELECT rid FROM tag JOIN tagxref USING(tagid) WHERE tagname=?')
      .all<{ rid: Rid }>(`event-${target}`)
      .some((version) => isReadLater(db, version.rid, attachid));
  }

  /** The deletion's own words, which take the file's name for an artifact's. */
  #mislink({ filename }: AttachmentRow): string {
    return `/artifact/${filename.slice(0, this.#digits.linked)}|${escapeHtml(filename)}`;
  }
}
