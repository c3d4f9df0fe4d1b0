/** A Byflyt as a municipality runs it: the built app as a process of its own, in an empty data folder. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Program } from '../app/support.ts';
import { freePort, tempFolder } from '../support/servers.ts';

export class Installation {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly site: string;
  /** Of the first user; known after the first start. */
  password = '';
  #program: Program | undefined;
  #token = '';

  private constructor(folder: string, environment: Record<string, string>) {
    this.folder = folder;
    this.environment = environment;
    this.site = `http://127.0.0.1:${environment.BYFLYT_PORT}`;
  }

  /** An installation with these settings on free ports; nothing is started yet. */
  static async prepare(settings: Record<string, string> = {}): Promise<Installation> {
    const folder = await tempFolder();
    return new Installation(folder, {
      BYFLYT_DATA: folder,
      BYFLYT_PORT: String(await freePort()),
      BYFLYT_MQTT_PORT: String(await freePort()),
      BYFLYT_LANGUAGE: 'en-US',
      BYFLYT_SANDBOX: 'off',
      ...settings,
    });
  }

  /** Starts and waits until it says what runs. */
  async start(): Promise<string> {
    this.#program = new Program('dist/app/start.js', [], this.environment);
    await this.#program.until('Ctrl-C', 30_000);
    const { output } = this.#program;
    // A later start says "password as shown at the first start".
    this.password = /password (\w+(?:-\w+)+)/.exec(output)?.[1] ?? this.password;
    return output;
  }

  /** Of the running process. */
  get pid(): number {
    if (!this.#program) throw new Error('Byflyt does not run');
    return this.#program.pid;
  }

  /** Ctrl-C; the exit status. */
  async stop(): Promise<number | null> {
    const program = this.#program;
    this.#program = undefined;
    program?.signal('SIGINT');
    return program ? program.ended : null;
  }

  /** As a power cut does: at once, with whatever is under way. */
  async kill(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    program?.signal('SIGKILL');
    await program?.ended;
  }

  /** Starts and kills it after so many milliseconds, wherever it is by then. */
  async killWhileStarting(afterMs: number): Promise<void> {
    this.#program = new Program('dist/app/start.js', [], this.environment);
    await delay(afterMs);
    await this.kill();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get brokerUrl(): string {
    return this.environment.BYFLYT_MQTT_URL ?? `mqtt://127.0.0.1:${this.environment.BYFLYT_MQTT_PORT}`;
  }

  /** Writes a file of the data folder, for example a codec. */
  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  /** Runs `byflyt ...`; its standard output. Fails unless the exit status is 0. */
  async command(...words: string[]): Promise<string> {
    const program = new Program('app/byflyt.js', words, this.environment);
    program.endInput();
    assert.equal(await program.ended, 0, `byflyt ${words.join(' ')}: ${program.errors}${program.output}`);
    return program.output;
  }

  /** A token of the editor's API for the first user. */
  async signIn(): Promise<string> {
    const body = new URLSearchParams({
      client_id: 'node-red-editor',
      grant_type: 'password',
      scope: '*',
      username: 'admin',
      password: this.password,
    });
    const response = await fetch(`${this.site}/editor/auth/token`, { method: 'POST', body });
    assert.equal(response.status, 200, 'sign-in');
    return ((await response.json()) as { access_token: string }).access_token;
  }

  /** What an address behind the sign-in answers; signs in once. */
  async read(path: string): Promise<string> {
    this.#token ||= await this.signIn();
    const headers = { Authorization: `Bearer ${this.#token}` };
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(`${this.site}/editor/${path}`, { headers, signal });
    assert.equal(response.status, 200, path);
    return response.text();
  }
}
