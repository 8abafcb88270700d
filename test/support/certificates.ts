import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate with its key, PEM texts, and files that hold them. */
export interface Certificate {
  certificate: string;
  key: string;
  certificateFile: string;
  keyFile: string;
}

/** Makes certificates with `openssl`, in a directory that the caller removes. */
export class CertificateMaker {
  private count = 0;

  constructor(private readonly directory: string) {}

  /** One that vouches for itself. @param names - such as `DNS:localhost,IP:127.0.0.1`; none: an authority */
  async selfSigned(names?: string, commonName = names === undefined ? 'Authority' : 'localhost'): Promise<Certificate> {
    const [certificateFile, keyFile] = this.files();
    const extension = names === undefined ? [] : ['-addext', `subjectAltName=${names}`];
    const out = ['-keyout', keyFile, '-out', certificateFile, '-days', '3650', '-nodes', ...extension];
    await this.openssl(['req', '-x509', ...newKey, ...out, '-utf8', '-subj', `/CN=${commonName}`]);
    return this.read(certificateFile, keyFile);
  }

  /** One that `authority` vouches for. @param options.days - 0: it has expired by the next second */
  async issued(authority: Certificate, names: string, options: { days?: number } = {}): Promise<Certificate> {
    const [certificateFile, keyFile] = this.files();
    const request = join(this.directory, `request-${this.count}.pem`);
    const extensions = join(this.directory, `extensions-${this.count}.txt`);
    await writeFile(extensions, `subjectAltName=${names}\n`);
    await this.openssl(['req', ...newKey, '-nodes', '-keyout', keyFile, '-out', request, '-subj', '/CN=localhost']);
    const issuer = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile, '-CAcreateserial'];
    const out = ['-out', certificateFile, '-days', String(options.days ?? 3650), '-extfile', extensions];
    await this.openssl(['x509', '-req', '-in', request, ...issuer, ...out]);
    return this.read(certificateFile, keyFile);
  }

  private files(): [certificate: string, key: string] {
    this.count++;
    return [join(this.directory, `certificate-${this.count}.pem`), join(this.directory, `key-${this.count}.pem`)];
  }

  private async openssl(args: string[]): Promise<void> {
    try {
      await run('openssl', args);
    } catch (cause) {
      throw new Error('Cannot make a certificate with openssl: install it (apt-get install openssl)', { cause });
    }
  }

  private async read(certificateFile: string, keyFile: string): Promise<Certificate> {
    const [certificate, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return { certificate, key, certificateFile, keyFile };
  }
}

/** Elliptic curves are made faster than large primes. */
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
