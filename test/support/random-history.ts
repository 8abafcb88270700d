import { Seeded } from './seeded';

/** A check-in as the stream makes it. */
interface Commit {
  mark: number;
  branch: string;
  files: Map<string, string>;
}

/**
 * A `git fast-export` stream of a made-up history: branches that fork and merge, edits, renames, removals and files that come back, several
 * check-ins in one second. `fossil import --git` takes it. The same seed makes the same stream.
 */
export function randomHistory(seed: number, checkins: number): string {
  const seeded = new Seeded(seed);
  const stream: string[] = [];
  const commits: Commit[] = [];
  const tips = new Map<string, Commit>();
  let time = 1_600_000_000;
  let mark = 0;
  for (let i = 0; i < checkins; i++) {
    const parent =
      commits.length === 0 ? undefined : seeded.pick([seeded.pick(commits), seeded.pick([...tips.values()])]);
    const startsBranch = parent !== undefined && (tips.get(parent.branch) !== parent || seeded.below(8) === 0);
    const branch = parent === undefined ? 'trunk' : startsBranch ? `branch-${i}` : parent.branch;
    const other = parent !== undefined && seeded.below(4) === 0 ? seeded.pick([...tips.values()]) : undefined;
    const merged = other === parent ? undefined : other;
    const files = new Map(parent?.files);
    const changes = changeFiles(seeded, files, i);
    for (const [name, content] of merged?.files ?? []) {
      if (files.has(name) || seeded.below(2) === 0) continue;
      files.set(name, content);
      changes.push(inline(name, content));
    }
    mark++;
    time += seeded.pick([0, 1, 60, 3600]);
    const message = `check-in ${i} of ${branch}`;
    stream.push(
      `commit refs/heads/${branch}\nmark :${mark}\ncommitter U <${seeded.pick(['ann', 'bob'])}@x> ${time} +0000\n`,
      `data ${message.length}\n${message}\n`,
      ...(parent === undefined ? [] : [`from :${parent.mark}\n`]),
      ...(merged === undefined ? [] : [`merge :${merged.mark}\n`]),
      ...changes,
      '\n',
    );
    const commit = { mark, branch, files };
    commits.push(commit);
    tips.set(branch, commit);
  }
  return stream.join('');
}

/** Changes some files. @returns the stream's commands for that */
function changeFiles(seeded: Seeded, files: Map<string, string>, serial: number): string[] {
  const commands: string[] = [];
  const touched = new Set<string>();
  for (let changes = 1 + seeded.below(4); changes > 0; changes--) {
    const names = [...files.keys()].filter((name) => !touched.has(name));
    const kind = names.length < 4 ? 'add' : seeded.pick(['add', 'edit', 'edit', 'rename', 'rename', 'delete']);
    const name = kind === 'add' ? newName(seeded, files, touched) : seeded.pick(names);
    touched.add(name);
    if (kind === 'delete') {
      files.delete(name);
      commands.push(`D ${name}\n`);
    } else if (kind === 'rename') {
      const content = files.get(name) ?? '';
      const now = newName(seeded, files, touched);
      touched.add(now);
      files.delete(name);
      files.set(now, content);
      commands.push(`R ${name} ${now}\n`);
    } else {
      const content = `${files.get(name) ?? ''}line of check-in ${serial}, ${seeded.below(1000)}\n`;
      files.set(name, content);
      commands.push(inline(name, content));
    }
  }
  return commands;
}

function newName(seeded: Seeded, files: ReadonlyMap<string, string>, touched: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const name = `${seeded.pick(['', 'src/', 'src/deep/', 'doc/'])}f${seeded.below(12 + attempt)}.txt`;
    if (!files.has(name) && !touched.has(name)) return name;
  }
}

function inline(name: string, content: string): string {
  return `M 100644 inline ${name}\ndata ${content.length}\n${content}\n`;
}
