/**
 * Imported first: a strict Content-Security-Policy forbids compiling functions from text; zod then checks
 * without.
 */
import { config } from 'zod';

config({ jitless: true });
