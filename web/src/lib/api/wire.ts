/** Types of the API description as they arrive: the server always sends every member, with `null` for what is not there. */
import type { components } from './schema.d.ts';

type Sent<T> = T extends (infer Item)[] ? Sent<Item>[] : T extends object ? { [Key in keyof T]-?: Sent<Exclude<T[Key], undefined>> } : T;

type Schemas = components['schemas'];

/** A named schema of `openapi/mamori.json`. */
export type Wire<Name extends keyof Schemas> = Sent<Schemas[Name]>;
