const tokenForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const beyondLatin1 = /[^\0-\xff]/;
const forbiddenInValue = /[\0\r\n]/;

/** Puts a checked list with lower-case names into headers that are still empty; repeated names are combined. */
export let fillHeaders: (headers: LightHeaders, list: Iterable<readonly [string, string]>) => void;

export function isToken(value: string): boolean {
  return tokenForm.test(value);
}

/** Whether `value`, once trimmed, may be sent as a header's value. */
export function isHeaderValue(value: string): boolean {
  return !beyondLatin1.test(value) && !forbiddenInValue.test(trim(value));
}

/** Without the white space that HTTP allows around a value. */
export function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function byteString(value: unknown): string {
  const string = `${value as string}`;
  if (beyondLatin1.test(string)) {
    throw new TypeError("a header has a character above U+00FF, which can't be sent");
  }
  return string;
}

function headerName(value: unknown): string {
  const name = byteString(value);
  if (!tokenForm.test(name)) throw new TypeError(`${JSON.stringify(name)} is no header name`);
  return name.toLowerCase();
}

function headerValue(value: unknown, name: string): string {
  const string = trim(byteString(value));
  if (forbiddenInValue.test(string)) {
    throw new TypeError(`the value of the header ${name} has a NUL or a line break`);
  }
  return string;
}

function atLeast(given: number, needed: number): void {
  if (given < needed) throw new TypeError(`${needed} argument(s) required, ${given} given`);
}

/**
 * `Headers` as the Fetch standard says, without loading Node's own. `instanceof Headers` holds, and Node's own
 * constructors take it.
 */
export class LightHeaders {
  readonly #values = new Map<string, string>();
  #cookies: string[] = [];
  #sorted: [string, string][] | undefined;

  static {
    fillHeaders = (headers, list) => {
      for (const [name, value] of list) headers.#add(name, trim(value));
    };
  }

  constructor(init?: unknown) {
    if (init === undefined) return;
    if (init === null || (typeof init !== "object" && typeof init !== "function")) {
      throw new TypeError("headers are an object or a list of pairs");
    }
    if (init instanceof LightHeaders) {
      for (const [name, value] of init.#values) this.#values.set(name, value);
      this.#cookies = [...init.#cookies];
      return;
    }
    const iterate = (init as Partial<Iterable<unknown>>)[Symbol.iterator];
    if (iterate === undefined || iterate === null) {
      this.#fromRecord(init as Record<string, unknown>);
      return;
    }
    if (typeof iterate !== "function") throw new TypeError("headers are a list of pairs");
    for (const pair of init as Iterable<unknown>) {
      if (pair === null || typeof pair !== "object" || !(Symbol.iterator in pair)) {
        throw new TypeError("headers are a list of pairs");
      }
      const [...parts] = pair as Iterable<unknown>;
      if (parts.length !== 2) throw new TypeError("a header is a pair of a name and a value");
      this.append(parts[0] as string, parts[1] as string);
    }
  }

  #fromRecord(record: Record<string | symbol, unknown>): void {
    for (const key of Reflect.ownKeys(record)) {
      if (!Object.prototype.propertyIsEnumerable.call(record, key)) continue;
      if (typeof key === "symbol") throw new TypeError("a symbol is no header name");
      this.append(key, record[key] as string);
    }
  }

  #add(name: string, value: string): void {
    if (name === "set-cookie") {
      this.#cookies.push(value);
      return;
    }
    const present = this.#values.get(name);
    this.#values.set(name, present === undefined ? value : `${present}${name === "cookie" ? "; " : ", "}${value}`);
  }

  append(name: string, value: string): void {
    atLeast(arguments.length, 2);
    const key = headerName(name);
    this.#add(key, headerValue(value, key));
    this.#sorted = undefined;
  }

  set(name: string, value: string): void {
    atLeast(arguments.length, 2);
    const key = headerName(name);
    const string = headerValue(value, key);
    if (key === "set-cookie") this.#cookies = [string];
    else this.#values.set(key, string);
    this.#sorted = undefined;
  }

  delete(name: string): void {
    atLeast(arguments.length, 1);
    const key = headerName(name);
    if (key === "set-cookie") this.#cookies = [];
    else this.#values.delete(key);
    this.#sorted = undefined;
  }

  get(name: string): string | null {
    atLeast(arguments.length, 1);
    const key = headerName(name);
    if (key === "set-cookie") return this.#cookies.length > 0 ? this.#cookies.join(", ") : null;
    return this.#values.get(key) ?? null;
  }

  has(name: string): boolean {
    atLeast(arguments.length, 1);
    const key = headerName(name);
    return key === "set-cookie" ? this.#cookies.length > 0 : this.#values.has(key);
  }

  getSetCookie(): string[] {
    return [...this.#cookies];
  }

  #list(): [string, string][] {
    if (this.#sorted) return this.#sorted;
    const list = [...this.#values];
    for (const cookie of this.#cookies) list.push(["set-cookie", cookie]);
    return (this.#sorted = list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  }

  /** Live, as the standard has it: a change shows in the steps still to come. */
  *#iterate<T>(pick: (entry: [string, string]) => T): IterableIterator<T> {
    for (let index = 0; ; index++) {
      const entry = this.#list()[index];
      if (entry === undefined) return;
      yield pick(entry);
    }
  }

  entries(): IterableIterator<[string, string]> {
    return this.#iterate(([name, value]) => [name, value]);
  }

  keys(): IterableIterator<string> {
    return this.#iterate(([name]) => name);
  }

  values(): IterableIterator<string> {
    return this.#iterate(([, value]) => value);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  forEach(callback: (value: string, name: string, headers: LightHeaders) => void, self?: unknown): void {
    atLeast(arguments.length, 1);
    if (typeof callback !== "function") throw new TypeError("forEach takes a function");
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }

  [Symbol.for("nodejs.util.inspect.custom")](_depth: number, options: object, inspect?: Inspect) {
    const shown = Object.fromEntries(this.#list());
    return inspect ? `Headers ${inspect(shown, options)}` : shown;
  }
}

type Inspect = (value: unknown, options: object) => string;

// Only `instanceof` and its like look this far up, so Node's own Headers are loaded only then.
Object.setPrototypeOf(LightHeaders.prototype, new Proxy({}, { getPrototypeOf: () => globalThis.Headers.prototype }));
Object.defineProperty(LightHeaders, "name", { value: "Headers" });
