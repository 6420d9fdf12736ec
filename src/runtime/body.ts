/** What a body can be made from without being read. */
export type BodySource = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | Response;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const needsDecoding = /[\ud800-\udfff\ufeff]/;

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

const unusable = "the body has been read already, or a reader holds it";

/** The body of a Fetch object: read once, turned into a stream only on demand. */
export class Body {
  #source: BodySource;
  #stream: ReadableStream<Uint8Array> | undefined;
  #read = false;

  constructor(source: BodySource) {
    this.#source = source;
    if (isStream(source)) this.#stream = source;
  }

  /** Whether sending it again is possible: it isn't a stream. */
  get hasSource(): boolean {
    return !isStream(this.#source);
  }

  get used(): boolean {
    return this.#read || (this.#stream !== undefined && isDisturbed(this.#stream));
  }

  get usable(): boolean {
    return !this.used && !this.#stream?.locked;
  }

  get stream(): ReadableStream<Uint8Array> {
    if (this.#stream) return this.#stream;
    if (this.#read) return (this.#stream = spentStream());
    const source = this.#source;
    if (isStream(source)) return (this.#stream = source);
    if (isNative(source)) return (this.#stream = source.body as ReadableStream<Uint8Array>);
    const bytes = typeof source === "string" ? utf8(source) : new Uint8Array(source);
    return (this.#stream = new ReadableStream({
      type: "bytes",
      pull(controller) {
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
        controller.byobRequest?.respond(0);
      },
    }));
  }

  async text(): Promise<string> {
    const source = this.#claim();
    if (typeof source === "string" && !needsDecoding.test(source)) return source;
    return decoder.decode(await collect(source));
  }

  /** A copy of its own. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await collect(this.#claim()));
  }

  clone(): Body {
    if (!this.usable) throw new TypeError(unusable);
    const source = this.#source;
    if (this.#stream === undefined && !isNative(source) && !isStream(source)) return new Body(source);
    const [mine, theirs] = this.stream.tee();
    this.#stream = mine;
    this.#source = mine;
    return new Body(theirs);
  }

  /** The same content for another owner; this body counts as read. */
  take(): Body {
    const source = this.#claim();
    return new Body(isStream(source) ? source.pipeThrough(new TransformStream()) : source);
  }

  /** What Node's `fetch` takes for it; this body counts as read. */
  sendable(): string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
    const source = this.#claim();
    return isNative(source) ? (source.body as ReadableStream<Uint8Array>) : source;
  }

  #claim(): BodySource {
    if (!this.usable) throw new TypeError(unusable);
    this.#read = true;
    return this.#stream ?? this.#source;
  }
}

async function collect(source: BodySource): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof source === "string") return utf8(source);
  if (isStream(source)) return readAll(source);
  return isNative(source) ? new Uint8Array(await source.arrayBuffer()) : source;
}

/** All bytes of a stream of `Uint8Array`s. */
export async function readAll(stream: ReadableStream<unknown>): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      const wrong = new TypeError("a body's stream gave a chunk that isn't a Uint8Array");
      reader.cancel(wrong).catch(() => undefined);
      throw wrong;
    }
    chunks.push(value);
    length += value.length;
  }
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

/** A byte stream of what an iterable yields; text is encoded as UTF-8. */
export function streamOf(iterable: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const iterator = iterable[Symbol.asyncIterator]();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      for (;;) {
        const next = await iterator.next();
        if (next.done) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const value: unknown = next.value;
        const bytes = typeof value === "string" ? utf8(value) : value;
        if (!(bytes instanceof Uint8Array)) throw new TypeError("a body's chunk isn't a Uint8Array");
        if (bytes.length === 0) continue;
        controller.enqueue(new Uint8Array(bytes));
        return;
      }
    },
    async cancel(reason) {
      await iterator.return?.(reason);
    },
  });
}

function spentStream(): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  void stream.getReader().read();
  return stream;
}

export function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return false;
  return tag(value) === "[object ReadableStream]" && "getReader" in value;
}

/** Told by its shape: touching the global would load it. */
export function isNative(value: unknown): value is Response {
  if (value === null || typeof value !== "object" || !("arrayBuffer" in value)) return false;
  return "headers" in value && "status" in value && "ok" in value;
}

const disturbed = Symbol.for("nodejs.stream.disturbed");

export function isDisturbed(stream: ReadableStream): boolean {
  return (stream as { [disturbed]?: boolean })[disturbed] === true;
}

export function tag(value: unknown): string {
  return Object.prototype.toString.call(value);
}
