/**
 * A disk that loses its power: an ext4 file system in a file. Cut off, it forgets at once what was not yet
 * written to it, as the memory of a machine does; mounted again it has what a machine would find, after
 * the same replay of its journal. Needs Linux and the right to mount.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Here a disk of its own costs the machine's disk no syncs. */
const MEMORY = '/dev/shm';
/** Blocks that nothing was written to take no room. */
const BYTES = 4 * 1024 ** 3;

/**
 * `ioctl(EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH)`, which Node cannot call: nothing more reaches the disk,
 * not even the journal.
 */
const SHUT_DOWN =
  'open(my $root, "<", $ARGV[0]) or die "$!\\n"; my $flags = pack("L", 2); ioctl($root, 0x8004587d, $flags) or die "$!\\n";';

export class Disk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'tallyd-disk-'));
  readonly #image = join(this.#folder, 'disk.ext4');
  #isMounted = false;

  /** Makes it and mounts it at `path`. */
  constructor(path: string) {
    this.path = path;
    const file = openSync(this.#image, 'w');
    ftruncateSync(file, BYTES);
    closeSync(file);
    run('mkfs.ext4', '-q', this.#image);
    mkdirSync(path, { recursive: true });
    this.#mount();
  }

  /** What is not on the disk at this moment never comes there. */
  cutPower(): void {
    run('perl', '-e', SHUT_DOWN, this.path);
  }

  /** Mounts it after a loss of power. Nothing may have files of it open. */
  restorePower(): void {
    this.#unmount();
    this.#mount();
  }

  /** Nothing is left of it. */
  remove(): void {
    this.#unmount();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Only its image is left, in a folder. */
  keep(folder: string): void {
    this.#unmount();
    if (existsSync(this.#image)) copyFileSync(this.#image, join(folder, 'disk.ext4'));
    this.remove();
  }

  #unmount(): void {
    if (this.#isMounted) run('umount', this.path);
    this.#isMounted = false;
  }

  #mount(): void {
    run('mount', '-o', 'loop', this.#image, this.path);
    this.#isMounted = true;
  }
}

/** Why power cannot be cut here; undefined when it can. */
export function whyNoPower(): string | undefined {
  if (process.platform !== 'linux') return 'it needs ext4, which only Linux has';
  const folder = mkdtempSync(join(tmpdir(), 'tallyd-disk-'));
  let disk: Disk | undefined;
  try {
    disk = new Disk(join(folder, 'mounted'));
    disk.cutPower();
    disk.restorePower();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    disk?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || status !== 0)
    throw new Error(`${command} did not work here: ${error?.message ?? stderr.trim()}`);
}
