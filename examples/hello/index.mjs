/** @type {import("fnpkg/function").HttpHandler} */
export default function hello(request, { env, log }) {
  const name = new URL(request.url).searchParams.get("name") || "world";
  log.info("greeted", { name });
  return {
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${env.GREETING ?? "Hello"}, ${name}!\n`,
  };
}
