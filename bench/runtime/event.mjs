export const event = {
  version: "2.0",
  routeKey: "$default",
  rawPath: "/hello/world",
  rawQueryString: "a=1&b=2",
  headers: {
    accept: "application/json",
    "accept-encoding": "gzip, deflate, br",
    "accept-language": "en-GB,en;q=0.9",
    "content-length": "16",
    "content-type": "application/json",
    host: "abcdefghij.execute-api.eu-west-1.amazonaws.com",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
    "x-forwarded-for": "205.255.255.176",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  },
  requestContext: { http: { method: "POST", path: "/hello/world", protocol: "HTTP/1.1" } },
  body: '{"name":"world"}',
  isBase64Encoded: false,
};

export const context = {
  awsRequestId: "8f507cfc-xmpl-4697-b07a-ac58fc914c95",
  getRemainingTimeInMillis: () => 29_000,
};
