/** What a small JSON function does: reads the URL, a header and the body. */
export default async function handler(request) {
  const { name } = await request.json();
  const language = request.headers.get("accept-language") ?? "en";
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ greeting: `hello ${name}`, path: request.url.length, language }),
  };
}

/** The same work on the vendor's event: what no layer at all would cost. */
export async function bare(event) {
  const { name } = JSON.parse(event.body);
  const language = event.headers["accept-language"] ?? "en";
  const url = `https://${event.headers.host}${event.rawPath}?${event.rawQueryString}`;
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ greeting: `hello ${name}`, path: url.length, language }),
  };
}
