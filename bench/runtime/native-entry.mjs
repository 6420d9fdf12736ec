const { default: user } = await import(process.env.BENCH_MODULE);

/** The same mapping over Node's own Request and Response, written by hand. */
export async function handler(event) {
  const url = `https://${event.headers.host}${event.rawPath}?${event.rawQueryString}`;
  const { method } = event.requestContext.http;
  const request = new Request(url, { method, headers: event.headers, body: event.body });
  const { status, headers, body } = await user(request, {});
  const response = new Response(body, { status, headers });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    isBase64Encoded: false,
  };
}
