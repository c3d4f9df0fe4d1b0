import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { readJson, writeJsonAtomically } from '../nodes/devices/atomic-file.ts';
import { generatePassword } from './secrets.ts';

/** A person who may sign in; `password` is a bcrypt hash, the shape Node-RED's `adminAuth` wants. */
interface User {
  username: string;
  password: string;
  permissions: string;
}

/** The user that the first start makes. */
export const FIRST_USER = 'admin';
const BCRYPT_ROUNDS = 10;

/** Looks a user up in the file each time, so that a reset password holds at once. */
export function findUser(dataFolder: string, username: string): User | undefined {
  return readUsers(dataFolder).find((user) => user.username === username);
}

/** Makes the first user if there is none; its password, to be shown once, or undefined if there is a user. */
export async function createFirstUser(dataFolder: string): Promise<string | undefined> {
  return readUsers(dataFolder).length > 0 ? undefined : resetPassword(dataFolder, FIRST_USER);
}

/**
 * Gives a user a new password (and makes the user if there is none of that name).
 * Sessions that were kept for the next start end. Only a hash is stored; the password is the result.
 */
export async function resetPassword(dataFolder: string, username: string): Promise<string> {
  const password = generatePassword();
  const user: User = { username, password: await hash(password, BCRYPT_ROUNDS), permissions: '*' };
  const others = readUsers(dataFolder).filter((other) => other.username !== username);
  writeJsonAtomically(usersPath(dataFolder), { users: [...others, user] });
  rmSync(join(dataFolder, 'node-red/.sessions.json'), { force: true });
  return password;
}

function usersPath(dataFolder: string): string {
  return join(dataFolder, 'users.json');
}

function readUsers(dataFolder: string): User[] {
  const content = readJson(usersPath(dataFolder)) as { users?: User[] } | undefined;
  return content?.users ?? [];
}
